import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import { explainObjectName } from '../../validate.ts'
import {
  adminTier,
  baselineTier,
  type EntityMatch,
  type Policy,
  type PolicyDirection,
  type PolicyRule,
} from '../model.ts'
import type { ConvertedPolicy } from '../network-policy/network-policy-to-policy.ts'
import type { ProtocolPorts } from '../network-policy/ports.ts'
import { readPeer, readPods } from './peer.ts'
import { readProtocols } from './protocols.ts'

const tiers = new Map([
  ['Admin', adminTier.name],
  ['Baseline', baselineTier.name],
])

const actions = new Map([
  ['Accept', 'Allow'],
  ['Deny', 'Deny'],
  ['Pass', 'Pass'],
] as const)

const greatestPriority = 1000

/**
 * Brings a ClusterNetworkPolicy (`policy.networking.k8s.io/v1alpha2`) into the one form of all policies. Takes anything and never
 * throws. As the API asks of those who do not know all of it, a rule of which a part cannot be read or followed matches nothing
 * if it accepts, and denies everything if it denies or passes. A policy of which it cannot be read whom it is for, or when it is
 * asked, has no effect.
 */
export function clusterNetworkPolicyToPolicy(object: unknown): ConvertedPolicy {
  const issues: Issue[] = []
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {}
  const spec = isObject(object) && isObject(object.spec) ? object.spec : {}
  const { name } = metadata
  const wrongName = explainObjectName(name)
  if (wrongName !== undefined) issues.push({ path: 'metadata.name', value: name, message: wrongName })
  const tier = typeof spec.tier === 'string' ? tiers.get(spec.tier) : undefined
  if (tier === undefined) issues.push({ path: 'spec.tier', value: spec.tier, message: 'must be Admin or Baseline' })
  const order = readPriority(spec.priority, issues)
  const selector = readSubject(spec.subject, issues)
  const ingress = readRules(spec.ingress, 'spec.ingress', 'Ingress', issues)
  const egress = readRules(spec.egress, 'spec.egress', 'Egress', issues)
  if (wrongName !== undefined || typeof name !== 'string') return { policy: undefined, issues }
  if (tier === undefined || order === undefined || selector === undefined) return { policy: undefined, issues }
  // One without rules for a direction says nothing about it.
  const types = (['Ingress', 'Egress'] as const).filter((type) => (type === 'Ingress' ? ingress : egress).listed)
  const policy: Policy = {
    kind: 'ClusterNetworkPolicy',
    name,
    tier,
    order,
    selector,
    types,
    ingress: ingress.rules,
    egress: egress.rules,
  }
  return { policy, issues }
}

function readPriority(value: unknown, issues: Issue[]): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= greatestPriority) return value
  issues.push({ path: 'spec.priority', value, message: `must be a whole number of 0 to ${greatestPriority}` })
  return undefined
}

function readSubject(value: unknown, issues: Issue[]): string | undefined {
  const fields = isObject(value) ? Object.keys(value) : []
  if (isObject(value) && fields.length === 1 && ['namespaces', 'pods'].includes(fields[0] ?? '')) {
    return readPods(value, 'spec.subject', issues)
  }
  issues.push({ path: 'spec.subject', value, message: 'must have exactly one of namespaces and pods' })
  return undefined
}

interface ReadRules {
  /** Whether the policy says anything about the direction, readable or not. */
  readonly listed: boolean
  readonly rules: readonly PolicyRule[]
}

function readRules(value: unknown, path: string, direction: PolicyDirection, issues: Issue[]): ReadRules {
  if (value === undefined || value === null) return { listed: false, rules: [] }
  if (!Array.isArray(value)) {
    issues.push({ path, value, message: 'must be a list of rules' })
    return { listed: true, rules: [{ action: 'Deny' }] }
  }
  const rules = value.flatMap((rule, index) => readRule(rule, `${path}[${index}]`, direction, issues))
  return { listed: value.length > 0, rules }
}

function readRule(value: unknown, path: string, direction: PolicyDirection, issues: Issue[]): PolicyRule[] {
  const side = direction === 'Ingress' ? 'from' : 'to'
  if (!isObject(value)) {
    issues.push({ path, value, message: `must be an object with action, ${side} and protocols` })
    return [{ action: 'Deny' }]
  }
  const action = actions.get(value.action as 'Accept')
  if (action === undefined) {
    issues.push({ path: `${path}.action`, value: value.action, message: 'must be Accept, Deny or Pass' })
  }
  const before = issues.length
  const peers = readPeers(value[side], `${path}.${side}`, side, issues)
  const protocols = readProtocols(value.protocols, `${path}.protocols`, issues)
  for (const field of Object.keys(value)) {
    if (!['name', 'action', side, 'protocols'].includes(field)) {
      issues.push({ path: `${path}.${field}`, value: value[field], message: 'is no field here' })
    }
  }
  const readable = peers !== undefined && protocols !== undefined && issues.length === before
  if (action === undefined || !readable) return action === 'Allow' ? [] : [{ action: 'Deny' }]
  return peers.flatMap((peer) => protocols.map((ports) => ruleOf(action, direction, peer, ports)))
}

function readPeers(value: unknown, path: string, side: 'from' | 'to', issues: Issue[]): EntityMatch[] | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    issues.push({ path, value, message: 'must be a list of peers with at least one' })
    return undefined
  }
  const read = value.map((peer, index) => readPeer(peer, `${path}[${index}]`, side, issues))
  const known = read.filter((peer) => peer !== undefined)
  return known.length < read.length ? undefined : known.flat()
}

function ruleOf(
  action: PolicyRule['action'],
  direction: PolicyDirection,
  peer: EntityMatch,
  { protocol, ports }: ProtocolPorts,
): PolicyRule {
  const destination = { ...(direction === 'Egress' ? peer : {}), ...(ports === undefined ? {} : { ports }) }
  return {
    action,
    ...(protocol === undefined ? {} : { protocol }),
    ...(direction === 'Ingress' ? { source: peer } : {}),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  }
}
