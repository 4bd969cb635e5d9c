import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import { explainObjectName } from '../../validate.ts'
import { defaultTier, type EntityMatch, type Policy, type PolicyDirection, type PolicyRule } from '../model.ts'
import { readLabelSelector } from './label-selector.ts'
import { podsInNamespace, readPeer } from './peer.ts'
import { type ProtocolPorts, readPorts } from './ports.ts'

/** What became of an object that says policy: what can be read of it, and what is wrong with it. */
export interface ConvertedPolicy {
  /** Undefined when it cannot be read which policy it is or which pods it is for: it has no effect. */
  readonly policy: Policy | undefined
  readonly issues: readonly Issue[]
}

/** Calico's order of all policies of this kind: before its own policies without an order. */
const order = 1000

/**
 * Brings a NetworkPolicy of Kubernetes into the one form of all policies. Takes anything and never throws: what got past the
 * API server is named in `issues`, and the peer or port that it is about allows nothing. The rest of the policy stands.
 */
export function networkPolicyToPolicy(object: unknown): ConvertedPolicy {
  const issues: Issue[] = []
  const place = readPlace(object, issues)
  // Kubernetes takes an absent spec and an absent podSelector for empty ones, and these select all pods of the namespace.
  const spec = (isObject(object) ? object.spec : undefined) ?? {}
  if (!isObject(spec)) {
    issues.push({
      path: 'spec',
      value: spec,
      message: 'must be an object with podSelector, policyTypes, ingress, egress',
    })
    return { policy: undefined, issues }
  }
  const pods = readLabelSelector(spec.podSelector ?? {}, 'spec.podSelector', '', issues)
  const types = readTypes(spec, issues)
  const rulesOf = (direction: PolicyDirection, field: 'ingress' | 'egress') =>
    place === undefined || !types.includes(direction)
      ? []
      : readRules(spec[field] ?? [], `spec.${field}`, direction, place.namespace, issues)
  const ingress = rulesOf('Ingress', 'ingress')
  const egress = rulesOf('Egress', 'egress')
  if (place === undefined || pods === undefined) return { policy: undefined, issues }
  const selector = podsInNamespace(place.namespace, pods)
  const policy: Policy = {
    kind: 'KubernetesNetworkPolicy',
    ...place,
    tier: defaultTier.name,
    order,
    selector,
    types,
    ingress,
    egress,
  }
  return { policy, issues }
}

function readPlace(
  object: unknown,
  issues: Issue[],
): { readonly namespace: string; readonly name: string } | undefined {
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {}
  const { namespace, name } = metadata
  const check = (path: string, value: unknown): value is string => {
    const message = explainObjectName(value)
    if (message !== undefined) issues.push({ path, value, message })
    return message === undefined
  }
  const right = [check('metadata.namespace', namespace), check('metadata.name', name)]
  if (right.includes(false) || typeof namespace !== 'string' || typeof name !== 'string') return undefined
  return { namespace, name }
}

/** What is not known leaves the types as if none were given: a policy that says nothing isolates for ingress. */
function readTypes(spec: Record<string, unknown>, issues: Issue[]): PolicyDirection[] {
  const listed = spec.policyTypes ?? []
  const named = new Set<PolicyDirection>()
  if (!Array.isArray(listed)) {
    issues.push({ path: 'spec.policyTypes', value: listed, message: 'must be a list of Ingress and Egress' })
  } else {
    for (const [index, type] of listed.entries()) {
      if (type === 'Ingress' || type === 'Egress') named.add(type)
      else issues.push({ path: `spec.policyTypes[${index}]`, value: type, message: 'must be Ingress or Egress' })
    }
  }
  if (named.size > 0) return (['Ingress', 'Egress'] as const).filter((type) => named.has(type))
  const egress = spec.egress ?? []
  return Array.isArray(egress) && egress.length === 0 ? ['Ingress'] : ['Ingress', 'Egress']
}

function readRules(
  value: unknown,
  path: string,
  direction: PolicyDirection,
  namespace: string,
  issues: Issue[],
): PolicyRule[] {
  if (!Array.isArray(value)) {
    issues.push({ path, value, message: 'must be a list of rules' })
    return []
  }
  return value.flatMap((rule, index) => readRule(rule, `${path}[${index}]`, direction, namespace, issues))
}

function readRule(
  value: unknown,
  path: string,
  direction: PolicyDirection,
  namespace: string,
  issues: Issue[],
): PolicyRule[] {
  const field = direction === 'Ingress' ? 'from' : 'to'
  if (!isObject(value)) {
    issues.push({ path, value, message: `must be an object with ${field} and ports` })
    return []
  }
  const peers = readPeers(value[field], `${path}.${field}`, namespace, issues)
  const portsOfProtocols = readPorts(value.ports, `${path}.ports`, issues)
  return portsOfProtocols.flatMap((ports) => peers.map((peer) => ruleOf(direction, peer, ports)))
}

/** No peers given is one peer without conditions; peers that cannot be read are none. */
function readPeers(value: unknown, path: string, namespace: string, issues: Issue[]): EntityMatch[] {
  const listed = value ?? []
  if (!Array.isArray(listed)) {
    issues.push({ path, value, message: 'must be a list of peers' })
    return []
  }
  if (listed.length === 0) return [{}]
  return listed
    .map((peer, index) => readPeer(peer, `${path}[${index}]`, namespace, issues))
    .filter((peer) => peer !== undefined)
}

function ruleOf(direction: PolicyDirection, peer: EntityMatch, { protocol, ports }: ProtocolPorts): PolicyRule {
  const destination: EntityMatch = {
    ...(direction === 'Egress' ? peer : {}),
    ...(ports === undefined ? {} : { ports }),
  }
  return {
    action: 'Allow',
    ...(protocol === undefined ? {} : { protocol }),
    ...(direction === 'Ingress' && !isEmpty(peer) ? { source: peer } : {}),
    ...(isEmpty(destination) ? {} : { destination }),
  }
}

function isEmpty(match: EntityMatch): boolean {
  return Object.keys(match).length === 0
}
