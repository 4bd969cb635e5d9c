import type { Family } from '@manx/api'

/** Sets and maps that endpoints and pools fill. */
export const names = {
  egressDispatch: 'egress-dispatch',
  ingressDispatch: 'ingress-dispatch',
  podSources: (family: Family): string => `pod-sources-${family}`,
  natPools: (family: Family): string => `nat-pools-${family}`,
  allPools: (family: Family): string => `all-pools-${family}`,
  hosts: (family: Family): string => `hosts-${family}`,
  neighbourDiscovery: 'neighbour-discovery',
} as const
