import { choice, integer, list, map, numberChoice, object, required, string } from '../../schema/builders.ts'
import type { Rule as ValidationRule, Written } from '../../schema/schema.ts'
import { type EntityRule, entityRule } from './entity-rule.ts'
import { isNumericPort } from './port.ts'
import { celProtocolIs, protocol, protocolIs } from './protocol.ts'

export type Direction = 'ingress' | 'egress'

const icmp = (doc: string) =>
  object(
    doc,
    {
      type: integer('The type of message: 0 to 254; 8 is an IPv4 echo request, 128 an IPv6 one.', {
        minimum: 0,
        maximum: 254,
      }),
      code: integer('The code of the type.', { minimum: 0, maximum: 255 }),
    },
    {
      rules: [
        {
          rule: '!has(self.code) || has(self.type)',
          message: 'needs type: codes mean something for one type only',
          at: 'code',
          holds: ({ code, type }) => code === undefined || type !== undefined,
        },
      ],
    },
  )

const path = (doc: string) =>
  string(doc, {
    maxLength: 1024,
    pattern: '^(/[^?# ]*)?$',
    check: (text) => (/^(\/[^?# ]*)?$/.test(text) ? undefined : 'must begin with / and have no ?, # or space'),
  })

const http = object('Requests that match, for proxies that look into HTTP; only in ingress rules that allow.', {
  methods: list('Methods such as GET of which one must match.', string('A method.', { maxLength: 64 }), {
    list: 'atomic',
    maxItems: 20,
  }),
  paths: list(
    'Paths of which one must match.',
    object(
      'One path.',
      { exact: path('The whole path.'), prefix: path('How the path begins.') },
      {
        rules: [
          {
            rule: `(has(self.exact) && self.exact != '') != (has(self.prefix) && self.prefix != '')`,
            message: 'must have either exact or prefix',
            holds: ({ exact = '', prefix = '' }) => (exact !== '') !== (prefix !== ''),
          },
        ],
      },
    ),
    { list: 'atomic', maxItems: 20 },
  ),
})

const ports = ['source.ports', 'source.notPorts', 'destination.ports', 'destination.notPorts'] as const
const netLists = ['source.nets', 'source.notNets', 'destination.nets', 'destination.notNets'] as const

const celHas = (field: string) => {
  const [side, name] = field.split('.')
  return `has(self.${side}) && has(self.${side}.${name})`
}
// Lists of one family each are compared by their first items only, or the rule would cost too much.
const celFirstV6 = (field: string) => `self.${field}[0].contains(':')`
const celHasNets = (field: string) => `${celHas(field)} && self.${field}.size() > 0`

type Side = Partial<EntityRule> | undefined
interface RuleShape {
  readonly action: string
  readonly ipVersion?: 4 | 6
  readonly protocol?: string | number
  readonly notProtocol?: string | number
  readonly icmp?: object
  readonly notICMP?: object
  readonly http?: object
  readonly source?: Side
  readonly destination?: Side
}
type RuleOfRule = ValidationRule<RuleShape>

const icmpNeedsProtocol = (field: 'icmp' | 'notICMP'): RuleOfRule => ({
  rule: `!has(self.${field}) || (has(self.protocol) && (${celProtocolIs('self.protocol', ['ICMP', 'ICMPv6'])}))`,
  message: 'needs protocol ICMP or ICMPv6 in the same rule',
  at: field,
  holds: (rule) => rule[field] === undefined || protocolIs(rule.protocol, ['ICMP', 'ICMPv6']),
})

const versionOfProtocol = (name: 'ICMP' | 'ICMPv6', other: 4 | 6): RuleOfRule => ({
  rule: `!has(self.protocol) || !has(self.ipVersion) || !(${celProtocolIs('self.protocol', [name])}) || self.ipVersion != ${other}`,
  message: `must not be ${other} with protocol ${name}`,
  at: 'ipVersion',
  holds: ({ protocol: one, ipVersion }) => !protocolIs(one, [name]) || ipVersion !== other,
})

const withPorts = ['TCP', 'UDP', 'SCTP'] as const
const portsNeedProtocol: RuleOfRule = {
  rule: `(has(self.protocol) && (${celProtocolIs('self.protocol', withPorts)})) || !(${ports
    .map((field) => `(${celHas(field)} && self.${field}.exists(port, type(port) == int))`)
    .join(' || ')})`,
  message: 'must be TCP, UDP or SCTP in a rule with port numbers; only names of ports go without',
  at: 'protocol',
  holds: (rule) =>
    protocolIs(rule.protocol, withPorts) ||
    ![rule.source, rule.destination].some((side) =>
      [...(side?.ports ?? []), ...(side?.notPorts ?? [])].some(isNumericPort),
    ),
}

const httpOnlyAllow: RuleOfRule = {
  rule: `!has(self.http) || self.action == 'Allow'`,
  message: 'needs action Allow',
  at: 'http',
  holds: (rule) => rule.http === undefined || rule.action === 'Allow',
}
const httpOnlyTcp: RuleOfRule = {
  rule: `!has(self.http) || !has(self.protocol) || ${celProtocolIs('self.protocol', ['TCP'])}`,
  message: 'needs protocol TCP, or none',
  at: 'http',
  holds: (rule) => rule.http === undefined || rule.protocol === undefined || protocolIs(rule.protocol, ['TCP']),
}
const httpOnlyIngress: RuleOfRule = {
  rule: '!has(self.http)',
  message: 'must be absent: only ingress rules can match HTTP',
  at: 'http',
  holds: (rule) => rule.http === undefined,
}

const familiesOf = (rule: RuleShape) =>
  [rule.source, rule.destination].flatMap((side) =>
    [side?.nets?.[0], side?.notNets?.[0]].filter((net) => net !== undefined).map((net) => (net.includes(':') ? 6 : 4)),
  )
const pairs = netLists.flatMap((one, index) => netLists.slice(index + 1).map((other) => [one, other] as const))
const netsOfOneFamily: RuleOfRule = {
  rule: pairs
    .map(
      ([one, other]) => `(!(${celHasNets(one)} && ${celHasNets(other)}) || ${celFirstV6(one)} == ${celFirstV6(other)})`,
    )
    .join(' && '),
  message: 'must not mix IPv4 and IPv6 in nets and notNets of source and destination: write one rule for each',
  holds: (rule) => new Set(familiesOf(rule)).size <= 1,
}
const versionOfNets: RuleOfRule = {
  rule: `!has(self.ipVersion) || (${netLists
    .map((field) => `(!(${celHasNets(field)}) || ${celFirstV6(field)} == (self.ipVersion == 6))`)
    .join(' && ')})`,
  message: 'must be the version of the addresses in nets and notNets',
  at: 'ipVersion',
  holds: (rule) => rule.ipVersion === undefined || familiesOf(rule).every((family) => family === rule.ipVersion),
}

const sides = { ingress: ['source', 'destination'], egress: ['destination', 'source'] } as const

function serviceRules(direction: Direction, needsNamespace: boolean): RuleOfRule[] {
  const [remote, local] = sides[direction]
  const elsewhere: RuleOfRule = {
    rule: `!has(self.${local}) || !has(self.${local}.services)`,
    message: `must be absent: only the ${remote} of ${direction} rules can be a service`,
    at: `${local}.services`,
    holds: (rule) => rule[local]?.services === undefined,
  }
  const namespace = `self.${remote}.services.namespace`
  const withNamespace: RuleOfRule = {
    rule: `!has(self.${remote}) || !has(self.${remote}.services) || (has(${namespace}) && ${namespace} != '')`,
    message: 'must have the namespace of the service: the policy has none',
    at: `${remote}.services`,
    holds: (rule) => rule[remote]?.services === undefined || (rule[remote].services.namespace ?? '') !== '',
  }
  return needsNamespace ? [elsewhere, withNamespace] : [elsewhere]
}

/** A rule of Calico's policies. `scope` says whether the policy has a namespace. */
export function policyRule(direction: Direction, scope: 'Cluster' | 'Namespaced') {
  return object(
    'One rule. All that is given must hold for a packet to match.',
    {
      action: required(
        choice('What happens to packets that match: Allow, Deny, Log and go on, or Pass to the next tier.', [
          'Allow',
          'Deny',
          'Log',
          'Pass',
        ]),
      ),
      ipVersion: numberChoice('Only packets of this IP version.', [4, 6]),
      protocol: protocol('Only packets of this protocol.'),
      notProtocol: protocol('Only packets of other protocols.'),
      icmp: icmp('Only ICMP messages of this type and code; needs protocol ICMP or ICMPv6.'),
      notICMP: icmp('Only ICMP messages of other types and codes; needs protocol ICMP or ICMPv6.'),
      source: entityRule('Who sends.'),
      destination: entityRule('Who receives.'),
      http,
      metadata: object('Notes about the rule.', {
        annotations: map('Any text by any name.', string('')),
      }),
    },
    {
      rules: [
        icmpNeedsProtocol('icmp'),
        icmpNeedsProtocol('notICMP'),
        versionOfProtocol('ICMP', 6),
        versionOfProtocol('ICMPv6', 4),
        portsNeedProtocol,
        ...(direction === 'ingress' ? [httpOnlyAllow, httpOnlyTcp] : [httpOnlyIngress]),
        netsOfOneFamily,
        versionOfNets,
        ...serviceRules(direction, scope === 'Cluster'),
      ],
    },
  )
}

export type PolicyRuleSpec = Written<ReturnType<typeof policyRule>>
