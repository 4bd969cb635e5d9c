import { comparePolicies, defaultTier, type PolicyDirection, parseSelector } from '@manx/api'
import { type AppliedTier, type Decision, decide } from './decide.ts'
import type { AddressFacts } from './match-rule.ts'
import type { Packet } from './packet.ts'
import { readablePolicy } from './readable-policy.ts'
import { effectiveLabels, type World, type WorldEndpoint } from './world.ts'

export interface Evaluation {
  readonly verdict: 'allow' | 'deny'
  /** In the order in which they were asked: egress of the source, then, if that allows, ingress of the destination. */
  readonly decisions: readonly Decision[]
  readonly reason: string
}

/**
 * Whether policy lets the first packet of a flow through, and which rule decided. It looks at everything again each time:
 * it is what the rules in the kernel are measured against, and shares nothing with how they are made.
 */
export function evaluate(packet: Packet, world: World): Evaluation {
  const facts = addressFacts(world)
  const decisions: Decision[] = []
  for (const direction of ['Egress', 'Ingress'] as const) {
    const address = direction === 'Egress' ? packet.source : packet.destination
    const endpoint = world.endpoints.find(({ local = true, addresses }) => local && addresses.includes(address))
    if (endpoint === undefined) continue
    const decision = isPlaced(endpoint, world)
      ? decide(appliedTiers(endpoint, direction, world), direction, packet, facts)
      : ({ verdict: 'deny', direction, reason: `namespace ${endpoint.namespace} is not known` } as const)
    decisions.push(decision)
    if (decision.verdict === 'deny') break
  }
  const last = decisions.at(-1)
  if (last === undefined) return { verdict: 'allow', decisions, reason: 'neither end is an endpoint' }
  const reason = decisions.map(({ direction, verdict, reason }) => `${direction} ${verdict}: ${reason}`).join('; ')
  return { verdict: last.verdict, decisions, reason }
}

/** The tiers that have a policy for the endpoint in the direction, with those policies, all in their order. */
export function appliedTiers(
  endpoint: WorldEndpoint,
  direction: PolicyDirection,
  world: World,
): readonly AppliedTier[] {
  const labels = effectiveLabels(endpoint, world)
  const tiers = [...(world.tiers ?? [])]
  if (!tiers.some(({ name }) => name === defaultTier.name)) tiers.push(defaultTier)
  return tiers
    .sort((a, b) => compare(a.order, b.order) || compare(a.name, b.name))
    .map((tier) => ({
      tier,
      policies: world.policies
        .map(readablePolicy)
        .filter((policy) => policy !== undefined)
        .filter((policy) => policy.tier === tier.name && policy.types.includes(direction))
        .filter(({ selector }) => parseSelector(selector).matches(labels))
        .sort(comparePolicies),
    }))
    .filter(({ policies }) => policies.length > 0)
}

function addressFacts(world: World): AddressFacts {
  return {
    matchesSelector: (selector, address) =>
      endpointsAt(world, address).some((endpoint) => parseSelector(selector).matches(effectiveLabels(endpoint, world))),
    hasNamedPort: (address, { name, protocol, port }) =>
      endpointsAt(world, address).some(({ ports }) =>
        ports.some((one) => one.name === name && one.protocol === protocol && one.port === port),
      ),
  }
}

/** Without those whose namespace is not known: it cannot be said what selects them, and what does not. */
const endpointsAt = (world: World, address: string): readonly WorldEndpoint[] =>
  world.endpoints.filter((endpoint) => endpoint.addresses.includes(address) && isPlaced(endpoint, world))

const isPlaced = ({ namespace }: WorldEndpoint, { namespaces }: World): boolean => Object.hasOwn(namespaces, namespace)

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
