import { compare } from '../compare.ts'
import { type Interval, sameIntervals, unionOf } from './intervals.ts'

/** Addresses of one family together with ports of one protocol. */
export interface Box {
  readonly addresses: Interval
  readonly protocol: number
  readonly ports: Interval
}

/**
 * Boxes that cover exactly what these cover and do not touch each other's inside, as the kernel wants the members of a set of
 * concatenated intervals. Undefined when that takes many more boxes than there were: those would cost more than they save.
 */
export function disjointBoxes(boxes: readonly Box[]): readonly Box[] | undefined {
  const byProtocol = new Map<number, Box[]>()
  for (const box of boxes) {
    const list = byProtocol.get(box.protocol)
    if (list === undefined) byProtocol.set(box.protocol, [box])
    else list.push(box)
  }
  const result: Box[] = []
  for (const protocol of [...byProtocol.keys()].sort((a, b) => a - b)) {
    const found = cut(byProtocol.get(protocol) ?? [])
    if (found === undefined) return undefined
    result.push(...found)
  }
  return result
}

/** Steps from address to address at which some box begins or ends; between two of them the ports are the same. */
function cut(boxes: readonly Box[]): readonly Box[] | undefined {
  const begins = [...boxes].sort((a, b) => compare(a.addresses.first, b.addresses.first))
  const steps = [...new Set(boxes.flatMap(({ addresses }) => [addresses.first, addresses.last + 1n]))].sort(compare)
  const most = 4 * boxes.length + 16
  let work = 16 * most
  const slabs: { addresses: Interval; ports: readonly Interval[] }[] = []
  let active: Box[] = []
  let next = 0
  for (const [index, first] of steps.entries()) {
    active = active.filter(({ addresses }) => addresses.last >= first)
    for (let box = begins[next]; box !== undefined && box.addresses.first === first; box = begins[++next]) {
      active.push(box)
    }
    work -= active.length
    if (work < 0) return undefined
    const end = steps[index + 1]
    if (end === undefined || active.length === 0) continue
    const ports = unionOf(active.map((box) => box.ports))
    const previous = slabs.at(-1)
    const addresses = { first, last: end - 1n }
    if (previous?.addresses.last === first - 1n && sameIntervals(previous.ports, ports)) {
      previous.addresses = { first: previous.addresses.first, last: addresses.last }
    } else slabs.push({ addresses, ports })
  }
  const [{ protocol } = { protocol: 0 }] = boxes
  const found = slabs.flatMap(({ addresses, ports }) => ports.map((range) => ({ addresses, protocol, ports: range })))
  return found.length > most ? undefined : found
}
