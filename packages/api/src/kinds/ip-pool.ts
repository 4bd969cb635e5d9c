import { addressBits } from '../addresses/address.ts'
import { formatPrefix, type Prefix, parsePrefix, prefixesOverlap } from '../addresses/prefix.ts'
import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { assumed, boolean, choice, defaulted, integer, list, object, required } from '../schema/builders.ts'
import type { Rule, Written } from '../schema/schema.ts'
import { conditions } from './conditions.ts'
import { cidr, selector } from './shared-fields.ts'

const immutable: Rule = { rule: 'self == oldSelf', message: 'cannot be changed: delete the pool and make a new one' }

const encapsulation = (tunnel: string) => {
  const message = `must be Never: Manx routes pod packets as they are, without ${tunnel}. Remove the field; where nodes are in different subnets, let the routers between them learn the pod routes (kind BGPPeer)`
  return choice(`Only Never: Manx does not wrap packets in ${tunnel}.`, ['Never', 'Always', 'CrossSubnet'], {
    rules: [{ rule: `self == 'Never'`, message }],
    check: (mode) => (mode === 'Never' ? undefined : message),
  })
}

const blockSizes = { 4: { least: 20, most: 32, usual: 26 }, 6: { least: 116, most: 128, usual: 122 } } as const

const linkLocal = ['169.254.0.0/16', 'fe80::/10'].map((text) => parsePrefix(text)).filter((one) => one !== undefined)

const fields = {
  cidr: required(
    cidr('The addresses of the pool. Cannot be changed, and must not overlap another pool or link-local addresses.', {
      strict: true,
      rules: [immutable],
    }),
  ),
  blockSize: assumed(
    integer(
      'Prefix length of the blocks that nodes take from the pool: 20 to 32 for IPv4 (26 when absent), 116 to 128 for IPv6 (122). Cannot be changed.',
      { minimum: 0, maximum: 128, rules: [immutable] },
    ),
    ({ cidr: text }) => {
      const prefix = typeof text === 'string' ? parsePrefix(text) : undefined
      return prefix === undefined ? undefined : blockSizes[prefix.family].usual
    },
  ),
  ipipMode: assumed(encapsulation('IP-in-IP'), 'Never'),
  vxlanMode: assumed(encapsulation('VXLAN'), 'Never'),
  natOutgoing: assumed(
    boolean('Give packets from this pool to destinations outside of all pools the address of their node.'),
    false,
  ),
  disabled: assumed(boolean('Take no new addresses from this pool; existing ones stay.'), false),
  disableBGPExport: assumed(boolean('Do not announce the blocks of this pool to BGP peers.'), false),
  nodeSelector: defaulted(selector('The nodes that may take blocks from this pool.', { noGlobal: true }), 'all()'),
  namespaceSelector: selector('The namespaces whose pods may take addresses from this pool; all when absent.', {
    noGlobal: true,
  }),
  assignmentMode: defaulted(
    choice('Automatic: any pod may get an address. Manual: only pods that ask for this pool by annotation.', [
      'Automatic',
      'Manual',
    ]),
    'Automatic',
  ),
  allowedUses: assumed(
    list(
      'What addresses of this pool are for; Workload and Tunnel when absent.',
      choice('One use.', ['Workload', 'Tunnel', 'LoadBalancer']),
      { list: 'set', maxItems: 10 },
    ),
    ['Workload', 'Tunnel'],
  ),
} as const

const guarded = (rule: string) => `!isCIDR(self.cidr) || (${rule})`
// cidr never changes, so the size that an absent one means is the same before and after.
const blockSizeOf = (object: string) =>
  `(has(${object}.blockSize) ? ${object}.blockSize : (cidr(self.cidr).ip().family() == 4 ? 26 : 122))`

const rules: readonly Rule[] = [
  {
    // The field's own rule is not asked when the field comes or goes.
    rule: guarded(`${blockSizeOf('self')} == ${blockSizeOf('oldSelf')}`),
    message: 'blockSize cannot be changed: delete the pool and make a new one',
  },
  {
    rule: guarded(
      '!has(self.blockSize) || (cidr(self.cidr).ip().family() == 4 ? self.blockSize >= 20 && self.blockSize <= 32 : self.blockSize >= 116 && self.blockSize <= 128)',
    ),
    message: 'blockSize must be 20 to 32 for IPv4 and 116 to 128 for IPv6',
  },
  {
    rule: guarded(
      '(has(self.disabled) && self.disabled) || cidr(self.cidr).prefixLength() <= (has(self.blockSize) ? self.blockSize : (cidr(self.cidr).ip().family() == 4 ? 26 : 122))',
    ),
    message: 'cidr must be at least as large as one block: lower its length or raise blockSize',
  },
  {
    rule: guarded(
      ['169.254.0.0/16', 'fe80::/10']
        .map((text) => `!cidr('${text}').containsCIDR(self.cidr) && !cidr(self.cidr).containsCIDR('${text}')`)
        .join(' && '),
    ),
    message: 'cidr must not overlap the link-local addresses 169.254.0.0/16 and fe80::/10',
  },
  {
    rule: `!has(self.allowedUses) || !('LoadBalancer' in self.allowedUses) || self.allowedUses.size() == 1`,
    message: 'allowedUses: LoadBalancer cannot be combined with other uses',
  },
  {
    rule: `!has(self.allowedUses) || !('LoadBalancer' in self.allowedUses) || !has(self.nodeSelector) || self.nodeSelector == 'all()'`,
    message: 'nodeSelector must be all() for a LoadBalancer pool',
  },
  {
    rule: `!has(self.allowedUses) || !('LoadBalancer' in self.allowedUses) || !has(self.disableBGPExport) || !self.disableBGPExport`,
    message: 'disableBGPExport must be false for a LoadBalancer pool: its addresses are reached by BGP only',
  },
  {
    rule: `!has(self.allowedUses) || !('Tunnel' in self.allowedUses) || !has(self.namespaceSelector) || self.namespaceSelector == ''`,
    message: 'namespaceSelector cannot be combined with the use Tunnel: tunnels belong to no namespace',
  },
]

const spec = object('What the pool is.', fields, { rules })

function check({ spec: pool }: { readonly spec: Written<typeof spec> }): Issue[] {
  const issues: Issue[] = []
  const report = (path: string, value: unknown, message: string) => issues.push({ path, value, message })
  const prefix = parsePrefix(pool.cidr)
  if (prefix !== undefined) checkAddresses(prefix, pool, report)
  if (pool.allowedUses?.includes('LoadBalancer') === true) {
    if (pool.allowedUses.length > 1) {
      report('spec.allowedUses', pool.allowedUses, 'LoadBalancer cannot be combined with other uses')
    }
    if ((pool.nodeSelector ?? 'all()') !== 'all()') {
      report('spec.nodeSelector', pool.nodeSelector, 'must be all() for a LoadBalancer pool')
    }
    if (pool.disableBGPExport === true) {
      report(
        'spec.disableBGPExport',
        true,
        'must be false for a LoadBalancer pool: its addresses are reached by BGP only',
      )
    }
  }
  if (pool.allowedUses?.includes('Tunnel') === true && (pool.namespaceSelector ?? '') !== '') {
    const message = 'cannot be combined with the use Tunnel: tunnels belong to no namespace'
    report('spec.namespaceSelector', pool.namespaceSelector, message)
  }
  return issues
}

function checkAddresses(
  prefix: Prefix,
  pool: Written<typeof spec>,
  report: (path: string, value: unknown, message: string) => void,
): void {
  const { least, most, usual } = blockSizes[prefix.family]
  const blockSize = pool.blockSize ?? usual
  if (blockSize < least || blockSize > most) {
    report('spec.blockSize', pool.blockSize, `must be ${least} to ${most} for IPv${prefix.family}`)
  } else if (pool.disabled !== true && prefix.length > blockSize) {
    const bits = addressBits(prefix.family)
    const message =
      blockSize === bits
        ? `must have a length of at most ${bits}`
        : `must be at least as large as one block: a length of at most ${blockSize} (blockSize)`
    report('spec.cidr', pool.cidr, message)
  }
  for (const reserved of linkLocal) {
    if (prefixesOverlap(prefix, reserved)) {
      report('spec.cidr', pool.cidr, `must not overlap the link-local addresses ${formatPrefix(reserved)}`)
    }
  }
}

/** Addresses for pods and load balancers, and how the fabric is told of them. */
export const IPPool = defineKind({
  kind: 'IPPool',
  plural: 'ippools',
  scope: 'Cluster',
  doc: 'A range of addresses that pods, tunnels or load balancers get theirs from.',
  spec,
  status: object('What Manx found out about the pool.', {
    conditions: conditions(
      'Allocatable: whether addresses are given out from the pool, and if not, why (CIDROverlap, Disabled, Invalid, Terminating). CIDROverlap: an older pool has some of the addresses. Terminating: the pool is being deleted and goes when nobody has an address of it.',
    ),
  }),
  printerColumns: [
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidr' },
    { name: 'VXLAN', type: 'string', jsonPath: '.spec.vxlanMode' },
    { name: 'IPIP', type: 'string', jsonPath: '.spec.ipipMode' },
    { name: 'NAT', type: 'boolean', jsonPath: '.spec.natOutgoing' },
    { name: 'Allocatable', type: 'string', jsonPath: `.status.conditions[?(@.type=='Allocatable')].status` },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  check,
})
export type IPPool = ObjectOf<typeof IPPool>
export type IPPoolSpec = IPPool['spec']
export type CompleteIPPool = CompleteObjectOf<typeof IPPool>
