/** nf_tables families in use; `inet` sees both IP versions. */
export type NftFamily = 'inet' | 'ip' | 'ip6' | 'netdev' | 'bridge' | 'arp'

export interface NftTable {
  readonly family: NftFamily
  readonly name: string
}

/** A table as the kernel has it. */
export interface NftTableEntry extends NftTable {
  readonly handle: bigint
  /** Its chains are not hooked: no packet comes to them. */
  readonly dormant?: true
}

export type NftHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress'

export interface NftChain {
  readonly table: NftTable
  readonly name: string
  /** Present: a base chain, called by the kernel. */
  readonly base?: {
    readonly type: 'filter' | 'nat' | 'route'
    readonly hook: NftHook
    readonly priority: number
    /** accept when absent. */
    readonly policy?: 'accept' | 'drop'
    /** For the ingress hook. */
    readonly device?: string
  }
}

/** Type of one set key or data component. Numbers are in host order as JavaScript numbers; the encoder orders bytes. */
export type NftType =
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'ether_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'mark'
  | 'ifname'
  | 'iface_index'
  | 'icmp_type'
  | 'icmpv6_type'
  | 'nf_proto'
  | 'ct_state'
  | 'devgroup'
  | 'integer'

/** `verdict` makes a verdict map. */
export type NftDataType = NftType | 'verdict'

/**
 * One value. Text is read by the type (`10.0.0.1`, `cali0123`, `ee:ee:ee:ee:ee:ee`), numbers are for services, protocols, marks;
 * bytes are taken as they are, in the order that the packet or register has them.
 * In an interval set text may also be a prefix (`10.0.0.0/8`) or an inclusive range (`80-90`, `10.0.0.1-10.0.0.9`).
 */
export type NftScalar = string | number | Uint8Array

/** A list for a concatenation, one per component. */
export type NftKey = NftScalar | readonly NftScalar[]

export type NftVerdict =
  | { readonly verdict: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly verdict: 'jump' | 'goto'; readonly chain: string }

export interface NftSet {
  readonly table: NftTable
  readonly name: string
  /** A list makes a concatenation. */
  readonly key: NftType | readonly NftType[]
  /** Present: a map. */
  readonly data?: NftDataType | readonly NftType[]
  /** Keys are ranges and prefixes. Adding overlapping ones is refused by the kernel (EEXIST): merge before. */
  readonly interval?: boolean
  /** Elements come from packets (dynset). */
  readonly dynamic?: boolean
  /** Elements never change after the transaction that made the set. */
  readonly constant?: boolean
  /** Most elements it may have. */
  readonly size?: number
  /** A counter in each element. */
  readonly counters?: boolean
  /** Milliseconds that elements live, for dynamic sets. */
  readonly timeout?: number
}

export interface NftElement {
  readonly key: NftKey
  /** For maps. */
  readonly data?: NftKey | NftVerdict
}

export type NftRegister = number

/** Register 1 (16 bytes, NFT_REG_1) when absent. Concatenations load their parts into 32-bit registers 8 to 23 (NFT_REG32_00 …). */
export interface FromRegister {
  readonly register?: NftRegister
}

export type MetaKey =
  | 'len'
  | 'protocol'
  | 'mark'
  | 'iif'
  | 'oif'
  | 'iifname'
  | 'oifname'
  | 'nfproto'
  | 'l4proto'
  | 'pkttype'
  | 'cpu'
  | 'iifgroup'
  | 'oifgroup'
  | 'skuid'
  | 'iifkind'
  | 'oifkind'

export type CtKey = 'state' | 'direction' | 'status' | 'mark' | 'l3protocol' | 'protocol' | 'zone' | 'id'

/** One expression of a rule, as the kernel has them. `nft.*` builds the usual ones. */
export type NftExpression =
  | ({
      readonly type: 'payload'
      readonly base: 'link' | 'network' | 'transport'
      readonly offset: number
      readonly length: number
    } & FromRegister)
  | ({ readonly type: 'meta'; readonly key: MetaKey } & FromRegister)
  | ({ readonly type: 'set-meta'; readonly key: 'mark' | 'priority' | 'nftrace' } & FromRegister)
  | ({ readonly type: 'ct'; readonly key: CtKey; readonly direction?: 'original' | 'reply' } & FromRegister)
  | ({ readonly type: 'set-ct'; readonly key: 'mark' | 'zone' } & FromRegister)
  | ({
      readonly type: 'cmp'
      readonly op: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte'
      readonly value: Uint8Array
    } & FromRegister)
  | ({
      readonly type: 'range'
      readonly op: 'eq' | 'neq'
      readonly from: Uint8Array
      readonly to: Uint8Array
    } & FromRegister)
  /** register = (register & mask) ^ xor; mask and xor have the value's length. */
  | ({ readonly type: 'bitwise'; readonly mask: Uint8Array; readonly xor: Uint8Array } & FromRegister)
  | ({
      readonly type: 'byteorder'
      readonly op: 'ntoh' | 'hton'
      readonly length: number
      readonly size: 2 | 4 | 8
    } & FromRegister)
  | ({
      readonly type: 'lookup'
      /** Name of the set or map. */
      readonly set: string
      readonly inverted?: boolean
      /** Where a map's data goes: absent for sets; `verdict` for verdict maps. Never look up a value that was looked up. */
      readonly destination?: NftRegister | 'verdict'
    } & FromRegister)
  | ({ readonly type: 'immediate'; readonly value: Uint8Array } & FromRegister)
  | { readonly type: 'verdict'; readonly verdict: NftVerdict }
  | { readonly type: 'counter'; readonly packets?: bigint; readonly bytes?: bigint }
  | ({
      readonly type: 'fib'
      readonly result: 'oif' | 'oifname' | 'type'
      readonly flags: readonly ('saddr' | 'daddr' | 'mark' | 'iif' | 'oif')[]
      /** Gives 1 or 0 instead of the result. */
      readonly present?: boolean
    } & FromRegister)
  | { readonly type: 'reject'; readonly with: 'tcp-reset' }
  | {
      readonly type: 'reject'
      readonly with: 'icmpx'
      readonly code: 'no-route' | 'port-unreachable' | 'host-unreachable' | 'admin-prohibited'
    }
  | {
      readonly type: 'masquerade'
      readonly random?: boolean
      readonly fullyRandom?: boolean
      readonly persistent?: boolean
      /** Registers with the source port range. */
      readonly ports?: { readonly from: NftRegister; readonly to?: NftRegister }
    }
  | {
      readonly type: 'snat' | 'dnat'
      readonly family: 4 | 6
      readonly address?: { readonly from: NftRegister; readonly to?: NftRegister }
      readonly port?: { readonly from: NftRegister; readonly to?: NftRegister }
      readonly random?: boolean
      readonly fullyRandom?: boolean
      readonly persistent?: boolean
    }
  | {
      readonly type: 'log'
      readonly prefix?: string
      /** nflog group; absent: the kernel log. */
      readonly group?: number
      readonly snapLength?: number
      readonly queueThreshold?: number
      readonly level?: number
    }
  | {
      readonly type: 'limit'
      readonly rate: number
      readonly per: 'second' | 'minute' | 'hour' | 'day' | 'week'
      readonly burst?: number
      readonly unit?: 'packets' | 'bytes'
      /** Matches what exceeds the rate instead of what keeps it. */
      readonly over?: boolean
    }
  | { readonly type: 'connlimit'; readonly count: number; readonly over?: boolean }
  | { readonly type: 'notrack' }
  | ({
      readonly type: 'dynset'
      readonly set: string
      readonly operation: 'add' | 'update' | 'delete'
      /** Milliseconds. */
      readonly timeout?: number
      /** Run for each element, e.g. a limit or connlimit. */
      readonly expressions?: readonly NftExpression[]
    } & FromRegister)

export interface NftRule {
  readonly table: NftTable
  readonly chain: string
  readonly expressions: readonly NftExpression[]
  /** Kept in the rule's userdata; `nft list` shows it. At most 127 bytes. */
  readonly comment?: string
}

/** A rule as read from the kernel. */
export interface NftRuleEntry extends NftRule {
  readonly handle: bigint
  /** Kinds of expressions that this version cannot read; empty when `expressions` is complete. */
  readonly unknown: readonly string[]
}

/** Everything of one table at one generation. */
export interface NftTableDump {
  readonly table: NftTable
  readonly generation: number
  /** Its chains are not hooked: no packet comes to them. */
  readonly dormant?: true
  readonly chains: readonly (NftChain & { readonly handle: bigint })[]
  /** In order, by chain name; every chain has an entry. */
  readonly rules: ReadonlyMap<string, readonly NftRuleEntry[]>
  readonly sets: ReadonlyMap<string, NftSetDump>
}

export interface NftSetDump {
  readonly set: NftSet
  readonly handle: bigint
  readonly elements: readonly NftElement[]
}
