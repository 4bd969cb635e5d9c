import { parsePrefix } from '../addresses/prefix.ts'
import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { choice, integer, list, object, required, string } from '../schema/builders.ts'
import type { Rule } from '../schema/schema.ts'
import { asNumber, cidr, community } from './shared-fields.ts'

const priority = (doc: string) => integer(doc, { minimum: 1, maximum: 2_147_483_646 })

const kinds = ['addCommunity', 'prependASPath', 'setPriority'] as const
const count = kinds.map((kind) => `(has(self.${kind}) ? 1 : 0)`).join(' + ')

const operation = object(
  'One change: just one of the fields.',
  {
    addCommunity: object('Add a community.', { value: required(community('The community: aa:nn or aa:nn:mm.', 32)) }),
    prependASPath: object('Make the path longer.', {
      prefix: required(
        list('The AS numbers to put before the path, first to last.', asNumber('An AS number.'), {
          list: 'atomic',
          minItems: 1,
          maxItems: 10,
        }),
      ),
    }),
    setPriority: object('Set the metric of the route in the kernel.', {
      value: required(priority('The metric.')),
    }),
  },
  {
    rules: [
      {
        rule: `${count} == 1`,
        message: `must have just one of ${kinds.join(', ')}: write an item for each`,
        holds: (one) => kinds.filter((kind) => one[kind] !== undefined).length === 1,
      },
    ],
  },
)

const most = { 4: { length: 32, text: 18 }, 6: { length: 128, text: 43 } } as const

function filterRule(family: 4 | 6) {
  const length = (doc: string) => integer(doc, { format: 'int32', minimum: 0, maximum: most[family].length })
  const ofFamily: Rule<string> = {
    rule: `!isCIDR(self) || cidr(self).ip().family() == ${family}`,
    message: `must be an IPv${family} CIDR`,
    holds: (text) => parsePrefix(text)?.family === family,
  }
  return object(
    'One rule. All that is given must hold for a route to match.',
    {
      action: required(choice('What happens to routes that match.', ['Accept', 'Reject'])),
      cidr: cidr('What the destination of the route is compared with.', {
        rules: [ofFamily],
        maxLength: most[family].text,
      }),
      matchOperator: choice('How it is compared: Equal, NotEqual, In (the same or inside) or NotIn.', [
        'Equal',
        'NotEqual',
        'In',
        'NotIn',
      ]),
      prefixLength: object('Only routes whose length is in this range; needs cidr.', {
        min: length('The least length; that of cidr when absent.'),
        max: length(`The greatest length; ${most[family].length} when absent.`),
      }),
      source: choice('RemotePeers: only routes learned from peers, not those of the node itself.', ['RemotePeers']),
      interface: string('Only routes over this interface; * is a wildcard.', { maxLength: 15 }),
      peerType: choice('Only sessions of this type: eBGP with another AS, iBGP with the own one.', ['eBGP', 'iBGP']),
      communities: object('Only routes with this community.', {
        values: required(
          list('The community, just one.', community('aa:nn or aa:nn:mm.', 32), {
            list: 'atomic',
            minItems: 1,
            maxItems: 1,
          }),
        ),
      }),
      asPathPrefix: list('Only routes whose path begins so.', asNumber('An AS number.'), {
        list: 'atomic',
        maxItems: 256,
      }),
      priority: priority('Only routes of this metric in the kernel.'),
      operations: list('What is changed in routes that are accepted, in order.', operation, {
        list: 'atomic',
        minItems: 1,
        maxItems: 10,
      }),
    },
    {
      rules: [
        {
          rule: 'has(self.cidr) == has(self.matchOperator)',
          message: 'must be there together with matchOperator, or not at all',
          at: 'cidr',
          holds: (rule) => (rule.cidr === undefined) === (rule.matchOperator === undefined),
        },
        {
          rule: '!has(self.prefixLength) || has(self.cidr)',
          message: 'needs cidr: write 0.0.0.0/0 or ::/0 with matchOperator In for any',
          at: 'prefixLength',
          holds: (rule) => rule.prefixLength === undefined || rule.cidr !== undefined,
        },
        {
          rule: `!has(self.operations) || self.action == 'Accept'`,
          message: 'needs action Accept: routes that are refused are not changed',
          at: 'operations',
          holds: (rule) => rule.operations === undefined || rule.action === 'Accept',
        },
      ],
    },
  )
}

const rules = (doc: string, family: 4 | 6) => list(doc, filterRule(family), { list: 'atomic', maxItems: 1024 })

/** Which routes are taken from and told to peers; BGPPeers name the filters that they use. */
export const BGPFilter = defineKind({
  kind: 'BGPFilter',
  plural: 'bgpfilters',
  scope: 'Cluster',
  doc: 'Which routes are taken from peers and told to them. The first rule that matches counts; routes that none matches are left to the usual policy.',
  spec: object('The rules.', {
    exportV4: rules('For IPv4 routes that are told to peers.', 4),
    importV4: rules('For IPv4 routes that come from peers.', 4),
    exportV6: rules('For IPv6 routes that are told to peers.', 6),
    importV6: rules('For IPv6 routes that come from peers.', 6),
  }),
})
export type BGPFilter = ObjectOf<typeof BGPFilter>
export type BGPFilterSpec = BGPFilter['spec']
export type CompleteBGPFilter = CompleteObjectOf<typeof BGPFilter>
