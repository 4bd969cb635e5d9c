import { describe, expect, test } from '@jest/globals'
import { defaultTier, type Policy, type PolicyRule } from '@manx/api'
import type { ConntrackEntry } from '@manx/netlink'
import type { EndpointPolicies } from '../../../src/calc/policy-view.ts'
import { type FlowPolicies, isForbidden } from '../../../src/dataplane/flows/is-forbidden.ts'

const policy = (ingress: readonly PolicyRule[], egress: readonly PolicyRule[]): Policy => ({
  kind: 'KubernetesNetworkPolicy',
  namespace: 'default',
  name: 'p',
  tier: 'default',
  order: 1000,
  selector: 'all()',
  types: ['Ingress', 'Egress'],
  ingress,
  egress,
})
const allow = (rule: Omit<PolicyRule, 'action'>): PolicyRule => ({ action: 'Allow', ...rule })
const applied = (one: Policy) => [{ tier: defaultTier, policies: [one] }]

/** 10.0.0.1 (cali1) may send to port 80 only; to 10.0.0.2 (cali2) may 192.0.2.0/24 send; 10.0.0.3 (cali3) is not known; 10.0.0.4 has no policies. */
const endpoints: Readonly<Record<string, EndpointPolicies>> = {
  cali1: {
    known: true,
    ingress: [],
    egress: applied(policy([], [allow({ protocol: 6, destination: { ports: [{ from: 80, to: 80 }] } })])),
  },
  cali2: { known: true, ingress: applied(policy([allow({ source: { nets: ['192.0.2.0/24'] } })], [])), egress: [] },
  cali3: { known: false, ingress: [], egress: [] },
  cali4: { known: true, ingress: [], egress: [] },
}
const none: EndpointPolicies = { known: false, ingress: [], egress: [] }
const policies: FlowPolicies = {
  interfaceOf: (address) => (address.startsWith('10.0.0.') ? `cali${address.slice(7)}` : undefined),
  policiesOf: (name) => endpoints[name] ?? none,
  matchesSelector: () => false,
  hasNamedPort: () => false,
}
const host = { addresses: new Set(['192.0.2.1']), closed: false }

interface Ends {
  readonly from: string
  readonly to: string
  /** Where it went behind a translation. */
  readonly really?: string
  readonly port?: number
  readonly realPort?: number
  readonly protocol?: number
}
const closedHost = { ...host, closed: true }

function flow({ from, to, really = to, port = 80, realPort = port, protocol = 6 }: Ends): ConntrackEntry {
  return {
    family: 4,
    status: 0,
    mark: 0,
    original: { source: from, destination: to, protocol, sourcePort: 40000, destinationPort: port },
    reply: { source: really, destination: from, protocol, sourcePort: realPort, destinationPort: 40000 },
    identity: { original: new Uint8Array(), zone: undefined, id: undefined },
  }
}

test.each<[string, Ends, boolean]>([
  ['what a pod may send', { from: '10.0.0.1', to: '10.0.0.4' }, false],
  ['what a pod may not send', { from: '10.0.0.1', to: '10.0.0.4', port: 81 }, true],
  ['another protocol', { from: '10.0.0.1', to: '10.0.0.4', protocol: 17 }, true],
  ['what the receiver does not let in', { from: '10.0.0.4', to: '10.0.0.2' }, true],
  ['what the receiver lets in', { from: '192.0.2.7', to: '10.0.0.2' }, false],
  ['what the sender may send and the receiver does not let in', { from: '10.0.0.1', to: '10.0.0.2' }, true],
  [
    'a service whose pod is allowed',
    { from: '10.0.0.1', to: '10.96.0.1', really: '10.0.0.4', port: 443, realPort: 80 },
    false,
  ],
  [
    'a service whose pod is not',
    { from: '10.0.0.1', to: '10.96.0.1', really: '10.0.0.4', port: 80, realPort: 8080 },
    true,
  ],
  ['a service to a pod that does not let it in', { from: '10.0.0.4', to: '10.96.0.1', really: '10.0.0.2' }, true],
  ['the node to its own pod', { from: '192.0.2.1', to: '10.0.0.2' }, false],
  ['a pod to its node', { from: '10.0.0.1', to: '192.0.2.1', port: 10250 }, true],
  ['from a pod of which nothing is known', { from: '10.0.0.3', to: '192.0.2.7' }, true],
  ['to a pod of which nothing is known', { from: '192.0.2.7', to: '10.0.0.3' }, true],
  ['the node to a pod of which nothing is known', { from: '192.0.2.1', to: '10.0.0.3' }, false],
  ['flows of others', { from: '198.51.100.1', to: '203.0.113.1' }, false],
])('%s', (_, ends, forbidden) => {
  expect(isForbidden(flow(ends), policies, host)).toBe(forbidden)
})

describe('when pods may not send to the node', () => {
  test.each<[string, Ends, boolean]>([
    ['a pod to its node', { from: '10.0.0.4', to: '192.0.2.1', port: 53 }, true],
    [
      'a service that is a pod on the network of the node',
      { from: '10.0.0.4', to: '10.96.0.1', really: '192.0.2.1' },
      true,
    ],
    ['a pod to another one', { from: '10.0.0.1', to: '10.0.0.4' }, false],
    ['a service at an address of the node', { from: '10.0.0.4', to: '192.0.2.1', really: '203.0.113.1' }, false],
    ['the node to its pod', { from: '192.0.2.1', to: '10.0.0.4' }, false],
    ['others to the node', { from: '198.51.100.1', to: '192.0.2.1' }, false],
  ])('%s', (_, ends, forbidden) => {
    expect(isForbidden(flow(ends), policies, closedHost)).toBe(forbidden)
  })

  test.each([
    [135, false],
    [128, true],
  ])('ICMPv6 of type %i', (type, forbidden) => {
    const { original, reply, ...rest } = flow({ from: '10.0.0.4', to: '192.0.2.1', protocol: 58 })
    const icmp = { type, code: 0, id: 1 }
    const entry = { ...rest, family: 6 as const, original: { ...original, icmp }, reply: { ...reply, icmp } }
    expect(isForbidden(entry, policies, closedHost)).toBe(forbidden)
  })
})
