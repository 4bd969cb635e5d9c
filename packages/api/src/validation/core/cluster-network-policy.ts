import { type AnyKind, defineKind } from '../../kind.ts'
import { labelSelector } from '../../kinds/policy/label-selector.ts'
import { cidr } from '../../kinds/shared-fields.ts'
import { choice, integer, list, object, required, string } from '../../schema/builders.ts'
import type { Fields, Rule } from '../../schema/schema.ts'

/** Just one of the fields must be there. */
function oneOf(fields: readonly string[]): Rule<Readonly<Record<string, unknown>>> {
  const message = `must have just one of ${fields.join(', ')}`
  return {
    rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size() == 1`,
    message,
    holds: (self) => fields.filter((field) => self[field] !== undefined).length === 1,
  }
}

function union<const F extends Fields>(doc: string, fields: F) {
  return object(doc, fields, { rules: [oneOf(Object.keys(fields))] as readonly Rule<never>[] })
}

const pods = object('Pods by namespace and labels.', {
  namespaceSelector: required(labelSelector('Namespaces of the pods.')),
  podSelector: required(labelSelector('The pods in them.')),
})
const inCluster = { namespaces: labelSelector('All pods of these namespaces.'), pods } as const

const port = (doc: string) => integer(doc, { format: 'int32', minimum: 1, maximum: 65_535 })
const destinationPort = union('The port of the pods.', {
  number: port('One port.'),
  range: object(
    'Ports from start to end.',
    { start: required(port('The first.')), end: required(port('The last.')) },
    {
      rules: [
        {
          rule: 'self.start < self.end',
          message: 'must not end before it begins',
          holds: ({ start, end }) => start < end,
        },
      ],
    },
  ),
})
const withPort = (doc: string) => object(doc, { destinationPort })
const protocols = list(
  'Protocols and ports; all when absent.',
  union('One protocol.', {
    tcp: withPort('TCP.'),
    udp: withPort('UDP.'),
    sctp: withPort('SCTP.'),
    destinationNamedPort: string('The name of a port of the pods.'),
  }),
  { list: 'atomic', minItems: 1, maxItems: 25 },
)

const action = required(
  choice('What happens: Accept, Deny, or Pass to the policies that are asked next.', ['Accept', 'Deny', 'Pass']),
)
const name = string('A name for the rule.', { maxLength: 100 })
const peers = <const F extends Fields>(doc: string, fields: F) =>
  required(list(doc, union('One peer.', fields), { list: 'atomic', minItems: 1, maxItems: 25 }))

const ingressRule = object('One rule.', { name, action, from: peers('Who may send.', inCluster), protocols })
const egressRule = object(
  'One rule.',
  {
    name,
    action,
    to: peers('Who may receive.', {
      ...inCluster,
      nodes: labelSelector('Nodes.'),
      networks: list('Addresses.', cidr('Some addresses.'), { list: 'set', minItems: 1, maxItems: 25 }),
      domainNames: list('Names of hosts.', string('A name, or *. and the end of one.', { minLength: 1 }), {
        list: 'set',
        minItems: 1,
        maxItems: 25,
      }),
    }),
    protocols,
  },
  {
    rules: [
      {
        rule: `self.action == 'Accept' || !self.to.exists(peer, has(peer.domainNames))`,
        message: 'must have action Accept with domainNames',
        at: 'action',
        holds: (rule) => rule.action === 'Accept' || rule.to.every((peer) => peer.domainNames === undefined),
      },
    ],
  },
)

/** The cluster's own policy of `policy.networking.k8s.io`, to be validated as our kinds are. */
export const clusterNetworkPolicy: AnyKind = {
  ...defineKind({
    kind: 'ClusterNetworkPolicy',
    plural: 'clusternetworkpolicies',
    shortNames: ['cnp'],
    scope: 'Cluster',
    doc: 'What pods of all namespaces may receive and send, before and after the policies of their namespaces.',
    spec: object('The policy.', {
      tier: required(choice('Before the policies of namespaces, or after.', ['Admin', 'Baseline'])),
      priority: required(integer('Policies apply in ascending order.', { format: 'int32', minimum: 0, maximum: 1000 })),
      subject: required(union('The pods that the policy is for.', inCluster)),
      ingress: list('What they may receive.', ingressRule, { list: 'atomic', maxItems: 25 }),
      egress: list('What they may send.', egressRule, { list: 'atomic', maxItems: 25 }),
    }),
  }),
  group: 'policy.networking.k8s.io',
  version: 'v1alpha2',
}
