import type { Family } from '@manx/api'
import fc from 'fast-check'
import type { Packet } from '../../src/index.ts'
import { networkPolicy } from './kubernetes-arbitrary.ts'
import { modelPolicy, smallPolicy, tier, tierNames } from './model-arbitrary.ts'
import { addressOf, peers, podKey } from './peers.ts'
import type { Change, PodState, Step } from './scenario.ts'
import { icmpTypes, labels, mostly, namedPorts, namespaceKeys, namespaces, ports, someProtocol } from './vocabulary.ts'

const networkPolicyNames = ['n1', 'n2', 'n3', 'n4']
const modelPolicyNames = ['m1', 'm2', 'm3', 'm4', 'm5']
/** So many for one endpoint that their list is made of groups. */
const manyNames = Array.from({ length: 200 }, (_, index) => `many${index + 1}`)
const pods = peers.filter(({ kind }) => kind !== 'host')

const podState: fc.Arbitrary<PodState> = fc.record({
  labels: labels(),
  serviceAccount: fc.constantFrom('default', 'robot'),
  ports: namedPorts,
})

const podChange = (key: string): fc.Arbitrary<Change> =>
  podState.map((state) => ({ kind: 'pod', pod: key, state }) as const)

const remotePods = pods.filter(({ kind }) => kind === 'remote')

/** What is known of a pod of another node may be older or younger than what is known of others. */
const otherAddresses: fc.Arbitrary<Change> = fc
  .record({
    pod: fc.constantFrom(...remotePods.map(podKey)),
    state: podState,
    addresses: fc.uniqueArray(
      fc.constantFrom(...peers.filter(({ kind }) => kind !== 'local').flatMap(({ addresses }) => addresses)),
      { maxLength: 3 },
    ),
  })
  .map(({ pod, state, addresses }) => ({ kind: 'pod', pod, state: { ...state, addresses } }) as const)

const namespaceChange = (name: string): fc.Arbitrary<Change> =>
  labels(namespaceKeys).map((value) => ({ kind: 'namespace', name, labels: value }) as const)

const serviceAccountChange = (key: string): fc.Arbitrary<Change> =>
  labels().map((value) => ({ kind: 'service-account', key, labels: value }) as const)

const tierChange: fc.Arbitrary<Change> = tier.map((value) => ({ kind: 'tier', tier: value }) as const)

const networkPolicyChange: fc.Arbitrary<Change> = networkPolicy(networkPolicyNames).map(
  (object) => ({ kind: 'network-policy', object }) as const,
)

const modelPolicyChange: fc.Arbitrary<Change> = modelPolicy(modelPolicyNames).map(
  (policy) => ({ kind: 'policy', policy }) as const,
)

const manyPolicyChange: fc.Arbitrary<Change> = smallPolicy(manyNames).map(
  (policy) => ({ kind: 'policy', policy }) as const,
)

const laterChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pods).chain((pod) => podChange(podKey(pod))) },
  { weight: 2, arbitrary: fc.constantFrom(...namespaces).chain(namespaceChange) },
  { weight: 1, arbitrary: fc.constantFrom('x/robot', 'y/robot').chain(serviceAccountChange) },
  { weight: 3, arbitrary: networkPolicyChange },
  { weight: 3, arbitrary: modelPolicyChange },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom(...networkPolicyNames, ...modelPolicyNames))
      .map(
        ([namespace, name]) => ({ kind: 'no-policy', key: `KubernetesNetworkPolicy/${namespace}/${name}` }) as const,
      ),
  },
  { weight: 1, arbitrary: otherAddresses },
  { weight: 1, arbitrary: fc.constantFrom(...namespaces).map((name) => ({ kind: 'no-namespace', name }) as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x/robot', 'y/robot').map((key) => ({ kind: 'no-service-account', key }) as const),
  },
  { weight: 1, arbitrary: tierChange },
  { weight: 1, arbitrary: fc.constantFrom(...tierNames).map((name) => ({ kind: 'no-tier', name }) as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...remotePods).map((pod) => ({ kind: 'no-pod', pod: podKey(pod) }) as const),
  },
)

/** Labels and ports of everything that there is, without policies. */
export const surroundings: fc.Arbitrary<readonly Change[]> = fc
  .tuple(
    fc.tuple(...pods.map((pod) => podChange(podKey(pod)))),
    fc.tuple(...namespaces.map(namespaceChange)),
    fc.tuple(serviceAccountChange('x/robot'), serviceAccountChange('y/robot')),
  )
  .map((lists) => lists.flat())

const firstChanges: fc.Arbitrary<readonly Change[]> = fc
  .tuple(
    surroundings,
    fc.array(tierChange, { minLength: 2, maxLength: 5 }),
    fc.oneof(
      fc.array(networkPolicyChange, { minLength: 4, maxLength: 10 }),
      fc.array(modelPolicyChange, { minLength: 3, maxLength: 8 }),
      fc.array(fc.oneof(networkPolicyChange, modelPolicyChange), { minLength: 5, maxLength: 12 }),
    ),
  )
  .map((lists) => lists.flat())

const manyPolicies: fc.Arbitrary<readonly Change[]> = fc
  .tuple(
    surroundings,
    fc.array(tierChange, { minLength: 2, maxLength: 5 }),
    fc.array(manyPolicyChange, { minLength: 150, maxLength: 250, size: 'max' }),
    fc.array(networkPolicyChange, { maxLength: 3 }),
  )
  .map((lists) => lists.flat())

/** Edges of what rules say, one beside, and some that no rule speaks of. */
const packetPort = mostly(
  fc.constantFrom<number>(...ports, 80, 8080),
  fc.oneof(fc.constantFrom(1, 54, 79, 82, 444, 481, 8079, 9080, 65_535), fc.integer({ min: 1, max: 65_535 })),
)

const ends = fc
  .tuple(fc.constantFrom(...peers), fc.constantFrom(...peers))
  .filter(([from, to]) => from !== to && (from.kind === 'local' || to.kind === 'local'))

export const anyPacket: fc.Arbitrary<Packet> = fc
  .record({
    ends,
    family: fc.constantFrom<Family>(4, 6),
    what: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          protocol: someProtocol,
          sourcePort: mostly(fc.integer({ min: 1024, max: 65_535 }), fc.constantFrom(...ports), 1),
          destinationPort: packetPort,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constantFrom(0, 0, 1), code: fc.nat(1) }),
      },
      { weight: 1, arbitrary: fc.constant({ protocol: 253 }) },
    ),
  })
  .map(({ ends: [from, to], family, what }): Packet => {
    const addresses = { family, source: addressOf(from, family), destination: addressOf(to, family) }
    if ('protocol' in what) return { ...addresses, ...what }
    const type = icmpTypes[family][what.type] ?? 0
    return { ...addresses, protocol: family === 4 ? 1 : 58, icmp: { type, code: what.code } }
  })

/** So many packets for each step of a scenario. */
export const packetsPerStep = 60

const packets = fc
  .array(anyPacket, { minLength: packetsPerStep, maxLength: packetsPerStep })
  .map((list) => withoutSharedFlows(list))

const steps = (first: fc.Arbitrary<readonly Change[]>, later: fc.Arbitrary<Change>): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(first, fc.array(fc.array(later, { minLength: 1, maxLength: 3 }), { maxLength: 3 }))
    .chain(([changes, others]) =>
      fc.tuple(...[changes, ...others].map((list) => fc.record({ changes: fc.constant(list), packets }))),
    )

export const scenario: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 30, arbitrary: steps(firstChanges, laterChange) },
  { weight: 1, arbitrary: steps(manyPolicies, mostly(manyPolicyChange, laterChange)) },
)

/** Two packets of one flow, in either direction, are one flow to the kernel: only the first of them is a question to policy. */
function withoutSharedFlows(list: readonly Packet[]): readonly Packet[] {
  const seen = new Set<string>()
  return list.filter((one) => {
    // An identifier of its own makes a flow of each echo request.
    if (one.icmp !== undefined) return true
    const source = `${one.protocol} ${one.source} ${one.sourcePort ?? ''}`
    const destination = `${one.protocol} ${one.destination} ${one.destinationPort ?? ''}`
    if (seen.has(`${source} ${destination}`) || seen.has(`${destination} ${source}`)) return false
    seen.add(`${source} ${destination}`)
    return true
  })
}
