import { parseAddress } from '../addresses/address.ts'
import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { assumed, boolean, choice, integer, list, object, string } from '../schema/builders.ts'
import { positiveUpTo } from '../schema/decimal-up-to.ts'
import type { Rule, Written } from '../schema/schema.ts'
import { address, asNumber, duration, secretKey, selector } from './shared-fields.ts'

const set = (field: string, empty = `''`) => `(has(self.${field}) && self.${field} != ${empty})`

const rules: readonly Rule[] = [
  {
    rule: `!${set('node')} || !${set('nodeSelector')}`,
    message: 'node and nodeSelector cannot both be set',
  },
  {
    rule: `!${set('peerSelector')} || !${set('peerIP')}`,
    message: 'peerIP and peerSelector cannot both be set',
  },
  {
    rule: `!${set('peerSelector')} || !${set('asNumber', '0')}`,
    message: 'asNumber must be empty with peerSelector: nodes know their own AS number',
  },
  {
    rule: `!${set('localWorkloadSelector')} || !(${set('peerIP')} || ${set('peerSelector')})`,
    message: 'localWorkloadSelector cannot be combined with peerIP or peerSelector',
  },
  {
    rule: `!(${set('peerIP')} || ${set('localWorkloadSelector')}) || ${set('asNumber', '0')}`,
    message: 'asNumber is required with peerIP and with localWorkloadSelector',
  },
  {
    rule: `${set('peerIP')} || ${set('peerSelector')} || ${set('localWorkloadSelector')}`,
    message: 'one of peerIP, peerSelector and localWorkloadSelector must say who the peer is',
  },
  {
    rule: `!${set('reachableBy')} || ${set('peerIP')}`,
    message: 'reachableBy needs peerIP',
  },
  {
    rule: `!${set('reachableBy')} || !${set('peerIP')} || !isIP(self.reachableBy) || ip(self.reachableBy).family() == (self.peerIP.startsWith('[') || isIP(self.peerIP) && ip(self.peerIP).family() == 6 ? 6 : 4)`,
    message: 'must be of the same family as peerIP',
    at: 'reachableBy',
  },
  {
    rule: '!has(self.nextHopMode) || !has(self.keepOriginalNextHop) || !self.keepOriginalNextHop',
    message: 'keepOriginalNextHop cannot be combined with nextHopMode: write nextHopMode: Keep',
  },
]

/** A peer address and, where given, its port. */
export interface PeerEndpoint {
  readonly address: string
  readonly port?: number
}

/** Reads `192.0.2.1`, `192.0.2.1:179`, `2001:db8::1` or `[2001:db8::1]:179`; undefined for anything else. */
export function parsePeerEndpoint(text: string): PeerEndpoint | undefined {
  if (parseAddress(text) !== undefined) return { address: text }
  const parts = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:]+):(\d{1,5})$/.exec(text)
  const address = parts?.[1] ?? ''
  const family = parseAddress(address)?.family
  if (family === undefined || (family === 6) !== text.startsWith('[')) return undefined
  if (parts?.[2] === undefined) return { address }
  const port = Number(parts[2])
  return port >= 1 && port <= 65_535 ? { address, port } : undefined
}

const peerForms =
  'must be an address such as 192.0.2.1 or 2001:db8::1, with a port as 192.0.2.1:179 or [2001:db8::1]:179'

const port = positiveUpTo(65_535)
const peerRule = [
  `self == '' || isIP(self) && !(self.contains(':') && self.contains('.'))`,
  `self.matches(r'^[0-9.]+:${port}$') && isIP(self.split(':')[0])`,
  String.raw`self.matches(r'^\[[0-9A-Fa-f:]+\](:${port})?$') && isIP(self.substring(1, self.indexOf(']')))`,
].join(' || ')

const spec = object(
  'Which nodes peer with whom, and how.',
  {
    node: string('The one node that peers; all nodes when neither this nor nodeSelector is set.', { maxLength: 253 }),
    nodeSelector: selector('The nodes that peer.'),
    peerIP: string('The address of the peer, with a port where it is not 179: 192.0.2.1:1179, [2001:db8::1]:1179.', {
      form: 'address',
      maxLength: 64,
      rules: [{ rule: peerRule, message: peerForms }],
      check: (text) => {
        const endpoint = parsePeerEndpoint(text)
        const mixed = endpoint !== undefined && /:.*[.]/.test(endpoint.address)
        if (text === '' || (endpoint !== undefined && !mixed)) return undefined
        return text.includes('%') ? `${peerForms}, without a zone (%…)` : peerForms
      },
    }),
    asNumber: asNumber('The AS number of the peer.'),
    peerSelector: selector('The nodes to peer with, instead of peerIP.'),
    localWorkloadSelector: selector('The pods of each node to peer with, instead of peerIP.'),
    localASNumber: asNumber('The AS number that the nodes show to this peer instead of their own.'),
    numAllowedLocalASNumbers: integer(
      'How often the own AS number may be in the path of a received route before it is refused as a loop.',
      { format: 'int32', minimum: 0 },
    ),
    ttlSecurity: integer('Accept packets of the peer only when they took at most this many hops.', {
      minimum: 0,
      maximum: 255,
    }),
    reachableBy: address('The gateway through which the peer is reached.', { orEmpty: true }),
    sourceAddress: assumed(
      choice('UseNodeIP: the session comes from the address of the node. None: the kernel chooses.', [
        'UseNodeIP',
        'None',
      ]),
      'UseNodeIP',
    ),
    nextHopMode: choice('Who is the next hop of routes announced to the peer: Auto, Self (the node) or Keep.', [
      'Auto',
      'Self',
      'Keep',
    ]),
    keepOriginalNextHop: boolean('Deprecated: write nextHopMode: Keep.'),
    maxRestartTime: duration('How long the routes of the peer are kept while it restarts.'),
    keepaliveTime: duration('The time between two keepalive messages.'),
    password: secretKey('The password of the session (TCP MD5).'),
    filters: list('BGPFilters for routes from and to the peer; the first match counts.', string(''), {
      list: 'atomic',
    }),
    reversePeering: assumed(
      string('Auto: nodes selected by peerSelector peer back by themselves. Manual: they do not.', {
        maxLength: 16,
        pattern: '^(Auto|Manual)?$',
        check: (text) => (['', 'Auto', 'Manual'].includes(text) ? undefined : 'must be Auto or Manual'),
      }),
      'Auto',
    ),
  },
  { rules },
)

function check({ spec: peer }: { readonly spec: Written<typeof spec> }): Issue[] {
  const issues: Issue[] = []
  const report = (field: keyof typeof peer, message: string) =>
    issues.push({ path: `spec.${field}`, value: peer[field], message })
  const has = (field: keyof typeof peer) => peer[field] !== undefined && peer[field] !== '' && peer[field] !== 0
  if (has('node') && has('nodeSelector')) report('node', 'cannot be combined with nodeSelector')
  if (has('localWorkloadSelector')) {
    if (has('peerIP')) report('peerIP', 'cannot be combined with localWorkloadSelector')
    if (has('peerSelector')) report('peerSelector', 'cannot be combined with localWorkloadSelector')
  }
  if (has('peerIP') && has('peerSelector')) report('peerIP', 'cannot be combined with peerSelector')
  if (has('peerSelector') && has('asNumber')) {
    report('asNumber', 'must be empty with peerSelector: nodes know their own AS number')
  }
  if (!has('peerIP') && !has('peerSelector') && !has('localWorkloadSelector')) {
    report('peerIP', 'one of peerIP, peerSelector and localWorkloadSelector must say who the peer is')
  }
  if ((has('peerIP') || has('localWorkloadSelector')) && !has('peerSelector') && !has('asNumber')) {
    report('asNumber', 'is required with peerIP and with localWorkloadSelector: 1 to 4294967295')
  }
  if (has('reachableBy')) {
    if (!has('peerIP')) report('reachableBy', 'needs peerIP')
    const peerAddress = parseAddress(parsePeerEndpoint(peer.peerIP ?? '')?.address ?? '')
    const gateway = parseAddress(peer.reachableBy ?? '')
    if (peerAddress !== undefined && gateway !== undefined && peerAddress.family !== gateway.family) {
      report('reachableBy', `must be of the same family as peerIP (IPv${peerAddress.family})`)
    }
  }
  if (peer.keepOriginalNextHop === true && peer.nextHopMode !== undefined) {
    report('keepOriginalNextHop', 'cannot be combined with nextHopMode: write nextHopMode: Keep')
  }
  return issues
}

/** A session between nodes and a router, between nodes, or between nodes and their pods. */
export const BGPPeer = defineKind({
  kind: 'BGPPeer',
  plural: 'bgppeers',
  scope: 'Cluster',
  doc: 'BGP sessions between nodes and a router, among nodes, or between a node and its pods.',
  spec,
  printerColumns: [
    { name: 'Node Selector', type: 'string', jsonPath: '.spec.nodeSelector' },
    { name: 'Node', type: 'string', jsonPath: '.spec.node' },
    { name: 'Local ASN', type: 'string', jsonPath: '.spec.localASNumber' },
    { name: 'Peer Selector', type: 'string', jsonPath: '.spec.peerSelector' },
    { name: 'Peer IP', type: 'string', jsonPath: '.spec.peerIP' },
    { name: 'Peer ASN', type: 'string', jsonPath: '.spec.asNumber' },
  ],
  check,
})
export type BGPPeer = ObjectOf<typeof BGPPeer>
export type BGPPeerSpec = BGPPeer['spec']
export type CompleteBGPPeer = CompleteObjectOf<typeof BGPPeer>
