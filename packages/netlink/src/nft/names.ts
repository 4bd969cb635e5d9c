import type { CtKey, MetaKey, NftFamily, NftHook, NftVerdict } from './types.ts'

/** A two-way table between our names and the kernel's numbers. */
export interface Names<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>
  name(number: number): Name | undefined
}

function names<Name extends string>(numbers: Readonly<Record<Name, number>>): Names<Name> {
  const byNumber = new Map<number, Name>()
  for (const [name, number] of Object.entries(numbers)) byNumber.set(number as number, name as Name)
  return { numbers, name: (number) => byNumber.get(number) }
}

/** NFPROTO_* */
export const families: Names<NftFamily> = names({ inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 })

/** NF_INET_*; netdev has its own number for ingress (0). */
export const hooks: Names<NftHook> = names({
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
  ingress: 5,
})

/** NF_* and NFT_* verdict codes. */
export const verdicts: Names<NftVerdict['verdict']> = names({
  drop: 0,
  accept: 1,
  continue: -1,
  jump: -3,
  goto: -4,
  return: -5,
})

/** NFT_META_* */
export const metaKeys: Names<MetaKey | 'priority' | 'nftrace'> = names({
  len: 0,
  protocol: 1,
  priority: 2,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  skuid: 10,
  nftrace: 12,
  nfproto: 15,
  l4proto: 16,
  pkttype: 19,
  cpu: 20,
  iifgroup: 21,
  oifgroup: 22,
  iifkind: 26,
  oifkind: 27,
})

/** NFT_CT_* */
export const ctKeys: Names<CtKey> = names({
  state: 0,
  direction: 1,
  status: 2,
  mark: 3,
  l3protocol: 7,
  protocol: 10,
  zone: 17,
  id: 23,
})

export const cmpOps = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'] as const
export const payloadBases = ['link', 'network', 'transport'] as const
export const fibResults = [undefined, 'oif', 'oifname', 'type'] as const
export const fibFlags = ['saddr', 'daddr', 'mark', 'iif', 'oif'] as const
export const NFTA_FIB_F_PRESENT = 1 << 5
export const icmpxCodes = ['no-route', 'port-unreachable', 'host-unreachable', 'admin-prohibited'] as const
export const dynsetOps = ['add', 'update', 'delete'] as const

/** Seconds of each limit unit. */
export const limitUnits: Readonly<Record<'second' | 'minute' | 'hour' | 'day' | 'week', number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86400,
  week: 604800,
}

export const NF_NAT_RANGE_PROTO_RANDOM = 1 << 2
export const NF_NAT_RANGE_PERSISTENT = 1 << 3
export const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 1 << 4
