import type { Family } from '@manx/api'
import { type Box, disjointBoxes } from '../sets/disjoint-boxes.ts'
import { type Interval, unionOf } from '../sets/intervals.ts'
import type { Clause, ClauseSide, SideName } from './clause.ts'

/** Below this many clauses, plain rules are easier to read and no slower than a set of concatenated ranges. */
const fewestForBoxes = 4

const sides: readonly SideName[] = ['source', 'destination']

/**
 * The same as fewer clauses: those that differ only in addresses, only in ports, or in both, become one with a set. All must
 * have the same action, and none may be a Log: then it does not matter which of them matches first.
 */
export function mergeClauses(clauses: readonly Clause[]): readonly Clause[] {
  let merged = clauses
  for (const field of ['nets', 'ports'] as const) {
    for (const side of sides) {
      if (merged.every((clause) => clause[side][field] === undefined)) continue
      merged = grouped(merged, without(side, field), (group) => [joined(group, side, field)])
    }
  }
  if (merged.length < fewestForBoxes) return merged
  for (const nets of sides) {
    for (const ports of sides) {
      const key = (clause: Clause) => (fitsBoxes(clause, nets, ports) ? withoutBoxes(clause, nets, ports) : undefined)
      merged = grouped(merged, key, (group) => boxed(group, nets, ports))
    }
  }
  return merged
}

/** Replaces groups of clauses with equal keys, each where its first one was. Those without key stay. */
function grouped(
  clauses: readonly Clause[],
  keyOf: (clause: Clause) => string | undefined,
  replace: (group: readonly [Clause, Clause, ...Clause[]]) => readonly Clause[],
): readonly Clause[] {
  if (clauses.length < 2) return clauses
  const groups = new Map<string | Clause, Clause[]>()
  for (const clause of clauses) {
    const key = keyOf(clause) ?? clause
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [clause])
    else group.push(clause)
  }
  return [...groups.values()].flatMap((group) => {
    const [first, second, ...rest] = group
    return first === undefined || second === undefined ? group : replace([first, second, ...rest])
  })
}

/** Clauses that are equal but for the nets or ports of one side. One without condition there asks for nothing. */
function joined(group: readonly [Clause, ...Clause[]], side: SideName, field: 'nets' | 'ports'): Clause {
  const [first] = group
  const lists = group.map((clause) => clause[side][field])
  const { [field]: _, ...others } = first[side]
  const union = lists.every((list) => list !== undefined) ? { [field]: unionOf(lists.flat()) } : {}
  return { ...first, [side]: { ...others, ...union }, rules: rulesOf(group) }
}

/** Boxes take the place of the protocol, so nothing else of the clause may need it: no port by name, none of the other side. */
const fitsBoxes = (clause: Clause, nets: SideName, ports: SideName): boolean =>
  clause.family !== undefined &&
  clause.protocol !== undefined &&
  clause.boxes === undefined &&
  clause[nets].nets !== undefined &&
  clause[ports].ports !== undefined &&
  sides.every((side) => {
    const { ports: own, namedPort, notNamedPorts } = clause[side]
    return (side === ports || own === undefined) && namedPort === undefined && notNamedPorts.length === 0
  })

function boxed(group: readonly [Clause, ...Clause[]], nets: SideName, ports: SideName): readonly Clause[] {
  if (group.length < fewestForBoxes) return group
  const list = disjointBoxes(
    group.flatMap(({ protocol = 0, ...clause }) =>
      (clause[nets].nets ?? []).flatMap((addresses) =>
        (clause[ports].ports ?? []).map((range): Box => ({ addresses, protocol, ports: range })),
      ),
    ),
  )
  if (list === undefined) return group
  const { protocol: _, ...plain } = bare(group[0], nets, ports)
  return [{ ...plain, boxes: { nets, ports, list }, rules: rulesOf(group) }]
}

function bare(clause: Clause, nets: SideName, ports: SideName): Clause {
  const { nets: _, ...withoutNets } = clause[nets]
  const half = { ...clause, [nets]: withoutNets }
  const { ports: __, ...withoutPorts } = half[ports]
  return { ...half, [ports]: withoutPorts }
}

const rulesOf = (group: readonly Clause[]): readonly number[] =>
  [...new Set(group.flatMap(({ rules }) => rules))].sort((a, b) => a - b)

const without =
  (side: SideName, field: 'nets' | 'ports') =>
  (clause: Clause): string => {
    const { [field]: _, ...others } = clause[side]
    return textOf({ ...clause, [side]: others })
  }

const withoutBoxes = (clause: Clause, nets: SideName, ports: SideName): string => {
  const { protocol: _, ...plain } = bare(clause, nets, ports)
  return textOf(plain)
}

/** Equal for clauses that match the same; `rules` does not matter. */
function textOf(clause: Clause): string {
  const family: Family | 0 = clause.family ?? 0
  const { action, protocol, notProtocol, icmp, notIcmp, boxes } = clause
  // Ranges that boxes took in are in no other clause.
  const boxText = boxes === undefined ? '' : `${boxes.nets} ${boxes.ports} ${boxes.list.map(boxOf).join()}`
  const head = [action, family, protocol, notProtocol, icmp, notIcmp, boxText]
  return JSON.stringify([...head, sideText(clause.source), sideText(clause.destination)])
}

const sideText = ({ selector, notSelector, nets, ports, namedPort, notNamedPorts }: ClauseSide): unknown => [
  selector,
  notSelector,
  nets?.map(rangeOf).join(),
  ports?.map(rangeOf).join(),
  namedPort,
  notNamedPorts,
]

const rangeOf = ({ first, last }: Interval): string => `${first}-${last}`

const boxOf = ({ addresses, protocol, ports }: Box): string => `${rangeOf(addresses)} ${protocol} ${rangeOf(ports)}`
