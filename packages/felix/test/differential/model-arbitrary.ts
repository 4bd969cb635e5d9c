import {
  type EntityMatch,
  type Policy,
  type PolicyPort,
  type PolicyRule,
  type PolicyTier,
  parseSelector,
} from '@manx/api'
import fc from 'fast-check'
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
  fc.constantFrom(...ports).map((from) => ({ from, to: 65_535 })),
  fc.constantFrom(...portNames).map((name) => ({ name })),
)
const portList = fc.array(policyPort, { maxLength: 3 })

const entity = (withPorts: boolean): fc.Arbitrary<EntityMatch | undefined> =>
  mostly(
    fc
      .record({
        selector: sometimes(selector, 50),
        notSelector: sometimes(selector, 20),
        nets: sometimes(nets, 30),
        notNets: sometimes(nets, 20),
        ports: withPorts ? sometimes(portList, 60) : fc.constant(undefined),
        notPorts: withPorts ? sometimes(portList, 30) : fc.constant(undefined),
      })
      .map((fields) => withoutUndefined(fields) as EntityMatch),
    fc.constant(undefined),
    2,
  )

const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    action: fc.constantFrom('Allow', 'Allow', 'Deny', 'Pass', 'Log'),
    what: fc.oneof(
      fc.record({
        protocol: sometimes(fc.constantFrom(6, 17, 1, 58, 132, 253), 50),
        notProtocol: sometimes(fc.constantFrom(6, 17, 1, 58), 20),
        source: entity(false),
        destination: entity(false),
      }),
      fc.record({
        protocol: someProtocol,
        source: mostly(entity(false), entity(true)),
        destination: mostly(entity(true), entity(false)),
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
          source: entity(false),
          destination: entity(false),
        })
      }),
    ),
    ipVersion: sometimes(fc.constantFrom(4, 6), 15),
  })
  .map(({ action, what, ipVersion }) => withoutUndefined({ action, ...what, ipVersion }) as PolicyRule)

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
    ingress: fc.array(rule, { minLength: 1, maxLength: 4 }),
    egress: fc.array(rule, { maxLength: 4 }),
  })
