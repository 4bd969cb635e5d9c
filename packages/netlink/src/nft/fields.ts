import type { CtKey, MetaKey, NftExpression, NftRegister, NftType } from './types.ts'

type Source =
  | { readonly base: 'link' | 'network' | 'transport'; readonly offset: number; readonly length: number }
  | { readonly meta: MetaKey }
  | { readonly ct: CtKey }

interface Field {
  readonly type: NftType
  readonly source: Source
}

function payload(type: NftType, base: 'link' | 'network' | 'transport', offset: number, length: number): Field {
  return { type, source: { base, offset, length } }
}

function meta(type: NftType, key: MetaKey): Field {
  return { type, source: { meta: key } }
}

function ct(type: NftType, key: CtKey): Field {
  return { type, source: { ct: key } }
}

const fields = {
  'ip saddr': payload('ipv4_addr', 'network', 12, 4),
  'ip daddr': payload('ipv4_addr', 'network', 16, 4),
  'ip protocol': payload('inet_proto', 'network', 9, 1),
  'ip6 saddr': payload('ipv6_addr', 'network', 8, 16),
  'ip6 daddr': payload('ipv6_addr', 'network', 24, 16),
  'ip6 nexthdr': payload('inet_proto', 'network', 6, 1),
  'th sport': payload('inet_service', 'transport', 0, 2),
  'th dport': payload('inet_service', 'transport', 2, 2),
  'icmp type': payload('icmp_type', 'transport', 0, 1),
  'icmp code': payload('icmp_type', 'transport', 1, 1),
  'icmpv6 type': payload('icmpv6_type', 'transport', 0, 1),
  'icmpv6 code': payload('icmpv6_type', 'transport', 1, 1),
  'ether saddr': payload('ether_addr', 'link', 6, 6),
  'ether daddr': payload('ether_addr', 'link', 0, 6),
  iifname: meta('ifname', 'iifname'),
  oifname: meta('ifname', 'oifname'),
  iif: meta('iface_index', 'iif'),
  oif: meta('iface_index', 'oif'),
  iifgroup: meta('devgroup', 'iifgroup'),
  oifgroup: meta('devgroup', 'oifgroup'),
  mark: meta('mark', 'mark'),
  l4proto: meta('inet_proto', 'l4proto'),
  nfproto: meta('nf_proto', 'nfproto'),
  'ct mark': ct('mark', 'mark'),
  'ct state': ct('ct_state', 'state'),
  'ct status': ct('ct_state', 'status'),
} as const satisfies Readonly<Record<string, Field>>

/** What a match or a lookup can read from a packet; written as nft writes it. */
export type NftField = keyof typeof fields

/** The set key component that holds a field. */
export function fieldType(field: NftField): NftType {
  return fields[field].type
}

/** Puts a field into a register. */
export function loadField(field: NftField, register: NftRegister): NftExpression {
  const { source }: Field = fields[field]
  if ('meta' in source) return { type: 'meta', key: source.meta, register }
  if ('ct' in source) return { type: 'ct', key: source.ct, register }
  return { type: 'payload', ...source, register }
}
