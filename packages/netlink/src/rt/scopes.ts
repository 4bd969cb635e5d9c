import type { NeighbourState, RouteType, Scope } from './types.ts'

/** RT_SCOPE_* by name. */
export const scopeNumbers: Readonly<Record<Scope, number>> = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
}

/** RTN_* by name; index is the kernel's number. */
export const routeTypes: readonly (RouteType | undefined)[] = [
  undefined,
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
]

/** NUD_* by name. */
export const neighbourStates: Readonly<Record<NeighbourState, number>> = {
  none: 0,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
}

const scopeNames = new Map(Object.entries(scopeNumbers).map(([name, value]) => [value, name as Scope]))
const stateNames = new Map(Object.entries(neighbourStates).map(([name, value]) => [value, name as NeighbourState]))

/** Scopes without a name (user-defined ones) count as global. */
export function scopeName(value: number): Scope {
  return scopeNames.get(value) ?? 'global'
}

export function neighbourStateName(value: number): NeighbourState {
  return stateNames.get(value) ?? 'none'
}
