import type { PolicyStatistics, PolicyView } from '../policy-view.ts'
import type { PodIndex } from '../sets/pod-index.ts'
import type { EndpointLists } from './endpoint-lists.ts'
import type { PodStates } from './pod-states.ts'

export interface PolicyViewSources {
  readonly pods: PodIndex
  readonly endpoints: EndpointLists
  readonly states: PodStates
  readonly statistics: () => PolicyStatistics
}

/** Looks into the parts of the calculation without a copy. */
export function createPolicyView({ pods, endpoints, states, statistics }: PolicyViewSources): PolicyView {
  return {
    interfaceOf: (address) => states.interfaceOf(address),
    policiesOf: (interfaceName) => {
      const pair = endpoints.get(interfaceName)
      if (typeof pair !== 'object') return { known: false, ingress: [], egress: [] }
      return { known: true, ingress: endpoints.appliedOf(pair.ingress), egress: endpoints.appliedOf(pair.egress) }
    },
    matchesSelector: (selector, address) => pods.matches(selector, address),
    hasNamedPort: (address, port) => pods.hasNamedPort(address, port),
    statistics,
  }
}
