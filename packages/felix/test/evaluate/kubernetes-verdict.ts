import { type Labels, type PolicyEndpoint, parseAddress, parsePrefix, prefixContains } from '@manx/api'
import type { Packet, World } from '../../src/index.ts'

/** The parts of `networking.k8s.io/v1` that have a meaning. */
export interface NetworkPolicy {
  readonly metadata: { readonly namespace: string; readonly name: string }
  readonly spec: {
    readonly podSelector: LabelSelector
    readonly policyTypes?: readonly string[]
    readonly ingress?: readonly NetworkPolicyRule[]
    readonly egress?: readonly NetworkPolicyRule[]
  }
}

export interface NetworkPolicyRule {
  readonly from?: readonly NetworkPolicyPeer[]
  readonly to?: readonly NetworkPolicyPeer[]
  readonly ports?: readonly NetworkPolicyPort[]
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export interface NetworkPolicyPort {
  readonly protocol?: string
  readonly port?: number | string
  readonly endPort?: number
}

export interface LabelSelector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/**
 * What the documentation of Kubernetes says of a packet, read off the objects as they are written: no selectors of ours, no
 * model. The second opinion about the way from an object to a verdict.
 */
export function kubernetesVerdict(policies: readonly NetworkPolicy[], packet: Packet, world: World): 'allow' | 'deny' {
  const at = (address: string) => world.endpoints.find(({ addresses }) => addresses.includes(address))
  const source = at(packet.source)
  const destination = at(packet.destination)
  const egress = source === undefined || source.local === false || allows('Egress', source, packet.destination)
  const ingress =
    destination === undefined || destination.local === false || allows('Ingress', destination, packet.source)
  return egress && ingress ? 'allow' : 'deny'

  function allows(direction: 'Ingress' | 'Egress', pod: PolicyEndpoint, peer: string): boolean {
    const isolating = policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === pod.namespace &&
        selects(spec.podSelector, pod.labels) &&
        typesOf(spec).includes(direction),
    )
    if (isolating.length === 0) return true
    return isolating.some(({ metadata, spec }) =>
      ((direction === 'Ingress' ? spec.ingress : spec.egress) ?? []).some((rule) => {
        const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? []
        const ports = rule.ports ?? []
        return (
          (peers.length === 0 || peers.some((one) => isPeer(one, metadata.namespace, peer))) &&
          (ports.length === 0 || ports.some((one) => isPort(one)))
        )
      }),
    )
  }

  function isPeer(
    { ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer,
    own: string,
    address: string,
  ): boolean {
    if (ipBlock !== undefined) {
      const { cidr, except = [] } = ipBlock
      return contains(cidr, address) && !except.some((each) => contains(each, address))
    }
    const pod = at(address)
    if (pod === undefined) return false
    const namespaceFits =
      namespaceSelector === undefined
        ? pod.namespace === own
        : selects(namespaceSelector, world.namespaces[pod.namespace] ?? {})
    return namespaceFits && selects(podSelector ?? {}, pod.labels)
  }

  function isPort({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): boolean {
    if (packet.protocol !== { TCP: 6, UDP: 17, SCTP: 132 }[protocol]) return false
    const wanted = packet.destinationPort ?? 0
    if (port === undefined) return true
    if (typeof port === 'number') return port <= wanted && wanted <= (endPort ?? port)
    const named = destination?.ports ?? []
    return named.some((one) => one.name === port && one.protocol === packet.protocol && one.port === wanted)
  }
}

function typesOf({ policyTypes, egress = [] }: NetworkPolicy['spec']): readonly string[] {
  if (policyTypes !== undefined && policyTypes.length > 0) return policyTypes
  return egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
}

function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        default:
          return value === undefined
      }
    })
  )
}

function contains(cidr: string, address: string): boolean {
  const prefix = parsePrefix(cidr)
  const one = parseAddress(address)
  return prefix !== undefined && one !== undefined && prefixContains(prefix, one)
}
