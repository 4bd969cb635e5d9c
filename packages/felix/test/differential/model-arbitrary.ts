import {
  addressBits,
  type EntityMatch,
  type Family,
  formatPrefix,
  type Policy,
  type PolicyPort,
  type PolicyRule,
  type PolicyTier,
  parseAddress,
  parseSelector,
  prefixOf,
  type RuleAction,
} from '@manx/api'
import fc from 'fast-check'
import { addressOf, peers } from './peers.ts'
import {
  icmpTypes,
  mostly,
  portNames,
  ports,
  prefixes,
  someProtocol,
  sometimes,
  withoutUndefined,
} from './vocabulary.ts'

export const tierNames = ['first', 'second', 'default'] as const

/** `default` may be moved and changed like any other, but most of what is tested depends on its end. */
export const tier: fc.Arbitrary<PolicyTier> = fc
  .constantFrom('first', 'first', 'second', 'second', 'default')
  .chain((name) =>
    fc.record({
      name: fc.constant(name),
      order: fc.constantFrom(10, 20, 1_000_000, Number.POSITIVE_INFINITY),
      defaultAction:
        name === 'default' ? fc.constantFrom('Deny', 'Deny', 'Deny', 'Pass') : fc.constantFrom('Pass', 'Deny'),
    }),
  )

const selectors = [
  'all()',
  'app == "red"',
  'app != "red"',
  'role in {"red", "blue"}',
  'role not in {"blue"}',
  'has(app)',
  '!has(role)',
  'app starts with "r" || role ends with "e"',
  'role contains "l" && has(app)',
  'projectcalico.org/namespace == "x"',
  'projectcalico.org/orchestrator == "k8s"',
  'projectcalico.org/serviceaccount == "robot"',
  'pcns.team == "red"',
  'pcns.kubernetes.io/metadata.name in {"x", "w"}',
  'pcns.projectcalico.org/name != "y" && app == "blue"',
  'pcsa.role == "blue"',
  'pcsa.app == "red" && pcsa.projectcalico.org/name == "robot"',
  '!has(pcsa.app)',
].map((text) => parseSelector(text).canonical)

const selector = fc.constantFrom(...selectors)
/** What policies apply to: about half of all. */
const subject = mostly(fc.constantFrom('all()', 'projectcalico.org/namespace == "x"', 'has(app)'), selector, 1)

const nets = fc.oneof(
  fc.uniqueArray(fc.constantFrom<string>(...prefixes[4]), { maxLength: 3 }),
  fc.uniqueArray(fc.constantFrom<string>(...prefixes[6]), { maxLength: 3 }),
  fc.uniqueArray(fc.constantFrom<string>(...prefixes[4], ...prefixes[6]), { maxLength: 5 }),
)

const policyPort: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.constantFrom(...ports).map((port) => ({ from: port, to: port })),
  fc.tuple(fc.constantFrom(0, ...ports), fc.nat(1000)).map(([from, more]) => ({ from, to: from + more })),
  fc.constantFrom(...ports).chain((from) => fc.constantFrom({ from, to: 65_535 }, { from: 0, to: from })),
  { weight: 2, arbitrary: fc.constantFrom(...portNames).map((name) => ({ name })) },
)
const portList = mostly(fc.array(policyPort, { minLength: 1, maxLength: 3 }), fc.constant<PolicyPort[]>([]), 9)

const anyEntity: fc.Arbitrary<EntityMatch | undefined> = mostly(
  fc
    .record({
      selector: sometimes(selector, 50),
      notSelector: sometimes(selector, 20),
      nets: sometimes(nets, 25),
      notNets: sometimes(nets, 25),
    })
    .map((fields) => withoutUndefined(fields) as EntityMatch),
  fc.constant(undefined),
  1,
)

const portEntity: fc.Arbitrary<EntityMatch> = fc
  .record({
    selector: sometimes(selector, 20),
    notSelector: sometimes(selector, 10),
    nets: sometimes(nets, 10),
    ports: sometimes(portList, 60),
    notPorts: sometimes(portList, 50),
  })
  .map((fields) => withoutUndefined(fields) as EntityMatch)

const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    action: fc.constantFrom('Allow', 'Allow', 'Deny', 'Pass', 'Log'),
    what: fc.oneof(
      fc.record({
        protocol: sometimes(fc.constantFrom(6, 17, 1, 58, 132, 253), 50),
        notProtocol: sometimes(fc.constantFrom(6, 17, 1, 58), 20),
        source: anyEntity,
        destination: anyEntity,
      }),
      fc.record({
        protocol: someProtocol,
        source: mostly(anyEntity, portEntity),
        destination: mostly(portEntity, anyEntity),
      }),
      fc.constantFrom(4, 6).chain((family) => {
        const icmp = fc
          .record({
            type: sometimes(fc.constantFrom(...icmpTypes[family === 4 ? 4 : 6]), 70),
            code: sometimes(fc.constantFrom(0, 1), 50),
          })
          // A code says nothing without a type.
          .map(({ type, code }) => withoutUndefined({ type, code: type === undefined ? undefined : code }))
        return fc.record({
          protocol: fc.constant(family === 4 ? 1 : 58),
          icmp: sometimes(icmp, 65),
          notIcmp: sometimes(icmp, 35),
          source: anyEntity,
          destination: anyEntity,
        })
      }),
    ),
    ipVersion: sometimes(fc.constantFrom(4, 6), 15),
  })
  .map(({ action, what, ipVersion }) => withoutUndefined({ action, ...what, ipVersion }) as PolicyRule)

const widePrefix = fc
  .tuple(fc.constantFrom(...peers), fc.constantFrom<Family>(4, 6), fc.nat(12))
  .map(([peer, family, less]) => {
    const address = parseAddress(addressOf(peer, family))
    if (address === undefined) throw new Error('no address')
    return formatPrefix(prefixOf(address, addressBits(family) - less))
  })

const widePorts = fc
  .tuple(fc.constantFrom(...ports), fc.nat(2), fc.nat(40))
  .map(([port, less, more]): PolicyPort => ({ from: port - less, to: port + more }))

/** Many rules that differ in prefixes and ports only, which overlap: what a kernel can look up at once. */
const similarRules: fc.Arbitrary<readonly PolicyRule[]> = fc
  .record({
    action: fc.constantFrom<RuleAction>('Allow', 'Deny'),
    netSide: fc.constantFrom('source', 'destination'),
    protocol: someProtocol,
    list: fc.array(fc.record({ net: widePrefix, port: sometimes(widePorts, 90) }), { minLength: 3, maxLength: 15 }),
  })
  .map(({ action, netSide, protocol, list }) =>
    list.map(({ net, port }): PolicyRule => {
      const destination = port === undefined ? {} : { ports: [port] }
      if (netSide === 'source') return { action, protocol, source: { nets: [net] }, destination }
      return { action, protocol, destination: { ...destination, nets: [net] } }
    }),
  )

const rules = mostly(
  fc.array(rule, { maxLength: 4 }),
  fc.tuple(fc.array(rule, { maxLength: 1 }), similarRules).map((lists) => lists.flat()),
)

/** Policies of which an endpoint may have a hundred before one decides. */
export const smallPolicy = (names: readonly string[]): fc.Arbitrary<Policy> =>
  fc
    .record({
      name: fc.constantFrom(...names),
      tier: fc.constantFrom('first', 'default', 'default', 'default'),
      order: fc.constantFrom(1, 1000),
      selector: fc.constantFrom('all()', 'all()', 'has(app)'),
      action: fc.constantFrom<RuleAction>('Allow', 'Allow', 'Deny', 'Pass'),
      protocol: someProtocol,
      net: widePrefix,
      port: widePorts,
    })
    .map(({ action, protocol, net, port, ...rest }): Policy => {
      const ports = { ports: [port] }
      return {
        kind: 'KubernetesNetworkPolicy',
        namespace: 'x',
        types: ['Ingress', 'Egress'],
        ingress: [{ action, protocol, source: { nets: [net] }, destination: ports }],
        egress: [{ action, protocol, destination: { nets: [net], ...ports } }],
        ...rest,
      }
    })

/** Policies of the model that Kubernetes cannot write: tiers, all actions, `not` lists, any protocol. */
export const modelPolicy = (names: readonly string[]): fc.Arbitrary<Policy> =>
  fc.record({
    kind: fc.constant('KubernetesNetworkPolicy'),
    namespace: fc.constantFrom('x', 'y'),
    name: fc.constantFrom(...names),
    tier: fc.constantFrom(...tierNames),
    order: fc.constantFrom(1, 10, 1000, Number.POSITIVE_INFINITY),
    selector: subject,
    types: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Ingress', 'Egress']),
    ingress: rules,
    egress: rules,
  })
