import { isNumericPort } from '../../kinds/policy/port.ts'

/** Ports of a rule: numbers, ranges as `80:90`, and names. */
export interface PortSet {
  readonly size: number
  /** True when each of the other ports is in one item of these. */
  containsAll(other: PortSet): boolean
  readonly ranges: readonly Range[]
  readonly names: ReadonlySet<string>
}

type Range = readonly [first: number, last: number]

export function portSet(ports: readonly (string | number)[]): PortSet {
  const ranges = ports
    .filter(isNumericPort)
    .map(rangeOf)
    .toSorted(([a], [b]) => a - b)
  const names = new Set(ports.filter((port) => !isNumericPort(port)).map(String))
  // The furthest that those up to each one get.
  const furthest: number[] = []
  for (const [, last] of ranges) furthest.push(Math.max(last, furthest.at(-1) ?? 0))
  const containsRange = ([first, last]: Range) => {
    let [low, high] = [0, ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ranges[middle]?.[0] ?? 0) <= first) low = middle + 1
      else high = middle
    }
    return low > 0 && (furthest[low - 1] ?? 0) >= last
  }
  return {
    size: ports.length,
    ranges,
    names,
    containsAll: (other) => [...other.names].every((name) => names.has(name)) && other.ranges.every(containsRange),
  }
}

function rangeOf(port: string | number): Range {
  const [first, last] = String(port).split(':').map(Number)
  return [first ?? 0, last ?? first ?? 0]
}
