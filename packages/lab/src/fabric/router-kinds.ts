import { commandPath } from '@manx/testbed'
import type { PlannedRouter, RouterName } from '../plan/lab-plan.ts'

/** What runs on a router. */
export type RouterKind = 'frr' | 'bird' | 'gobgp'

export interface AvailableRouters {
  readonly frr: boolean
  readonly bird: boolean
}

/** What each router would run if everything were installed: one of each, so that Manx meets both. */
const preferred: Readonly<Record<RouterName, readonly RouterKind[]>> = {
  spine: ['frr', 'bird', 'gobgp'],
  tor1: ['frr', 'gobgp'],
  tor2: ['bird', 'gobgp'],
}

export function availableRouters(): AvailableRouters {
  return {
    frr: ['/usr/lib/frr/bgpd', '/usr/lib/frr/zebra', 'vtysh'].every((program) => commandPath(program) !== undefined),
    bird: ['bird', 'birdc'].every((program) => commandPath(program) !== undefined),
  }
}

/** The first kind of each router's preference that is there; GoBGP always is, being a part of Manx. */
export function chooseRouterKinds(
  routers: readonly PlannedRouter[],
  available: AvailableRouters,
): Readonly<Record<string, RouterKind>> {
  const there = (kind: RouterKind) => kind === 'gobgp' || available[kind]
  return Object.fromEntries(
    routers.map(({ name }) => [name, preferred[name].find((kind) => there(kind)) ?? ('gobgp' as const)]),
  )
}

/** Says which routers are stood in for, and the command that gets the real ones. */
export function standInNotice(kinds: Readonly<Record<string, RouterKind>>): string | undefined {
  const names = Object.keys(kinds).filter((name) => kinds[name] === 'gobgp')
  if (names.length === 0) return undefined
  return `GoBGP stands in on ${names.join(', ')}: 'apt-get install frr bird2' (or --install) gets FRR and BIRD`
}
