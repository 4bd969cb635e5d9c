import { policyKey, type WorkloadEndpoint } from '@manx/api'
import type { Felix } from '@manx/felix'
import type { Link } from '@manx/netlink'
import type { EndpointStatus } from '@manx/process'

export interface EndpointSources {
  readonly endpoints: Iterable<WorkloadEndpoint>
  readonly felix: Pick<Felix, 'isProgrammed' | 'policies'>
  /** The node's interfaces, as they are now. */
  readonly links: Iterable<Pick<Link, 'name' | 'running'>>
}

/** How the node's endpoints are, in the order of their pods' names. */
export function endpointStates({ endpoints, felix, links }: EndpointSources): readonly EndpointStatus[] {
  const running = new Set<string>()
  for (const link of links) if (link.running) running.add(link.name)
  const states = [...endpoints].map(({ namespace, pod, interfaceName, addresses }): EndpointStatus => {
    const up = running.has(interfaceName) && felix.isProgrammed(interfaceName)
    return {
      namespace,
      pod,
      interfaceName,
      addresses,
      state: up ? 'up' : 'down',
      policies: policiesOf(felix, interfaceName),
    }
  })
  const name = ({ namespace, pod }: EndpointStatus) => `${namespace}/${pod}`
  return states.sort((a, b) => (name(a) < name(b) ? -1 : 1))
}

/** Each policy once, in the order in which they are asked. */
function policiesOf(felix: EndpointSources['felix'], interfaceName: string): readonly string[] {
  const { ingress, egress } = felix.policies.policiesOf(interfaceName)
  return [...new Set([...ingress, ...egress].flatMap(({ policies }) => policies.map((policy) => policyKey(policy))))]
}
