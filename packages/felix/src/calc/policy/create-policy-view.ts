import type { AppliedTier } from '../../evaluate/decide.ts'
import type { PolicyStatistics, PolicyView } from '../policy-view.ts'
import type { PodIndex } from '../sets/pod-index.ts'
import type { ActivePolicies } from './active-policies.ts'
import type { EndpointLists } from './endpoint-lists.ts'
import type { PodStates } from './pod-states.ts'
import type { PolicyList } from './policy-lists.ts'

export interface PolicyViewSources {
  readonly pods: PodIndex
  readonly active: ActivePolicies
  readonly endpoints: EndpointLists
  readonly states: PodStates
  readonly statistics: () => PolicyStatistics
}

/** Looks into the parts of the calculation without a copy. */
export function createPolicyView({ pods, active, endpoints, states, statistics }: PolicyViewSources): PolicyView {
  const applied = (list: PolicyList): readonly AppliedTier[] =>
    list.tiers.flatMap(({ tier: name, policies: keys }) => {
      const tier = active.tier(name)
      const policies = keys.map((key) => active.policy(key)).filter((policy) => policy !== undefined)
      return tier === undefined ? [] : [{ tier, policies }]
    })
  return {
    interfaceOf: (address) => states.interfaceOf(address),
    interfaces: () => endpoints.names(),
    policiesOf: (interfaceName) => {
      const pair = endpoints.get(interfaceName)
      if (typeof pair !== 'object') return { known: false, ingress: [], egress: [] }
      return { known: true, ingress: applied(pair.ingress), egress: applied(pair.egress) }
    },
    matchesSelector: (selector, address) => pods.matches(selector, address),
    hasNamedPort: (address, port) => pods.hasNamedPort(address, port),
    statistics,
  }
}
