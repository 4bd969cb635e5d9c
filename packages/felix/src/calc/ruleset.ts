import type { Family } from '@manx/api'

/** What a rule looks at or a set holds one part of. The spelling is nft's. */
export type Field =
  | 'iifname'
  | 'oifname'
  | 'ip saddr'
  | 'ip daddr'
  | 'ip6 saddr'
  | 'ip6 daddr'
  | 'icmpv6 type'
  | 'l4proto'
  | 'sport'
  | 'dport'

/** What the parts of a set's keys are, whichever side of the packet they are taken from. */
export type KeyType = 'interface' | 'ipv4' | 'ipv6' | 'icmpv6-type' | 'protocol' | 'port'

export type ConntrackState = 'invalid' | 'established' | 'related' | 'new' | 'untracked'

/** A transport protocol by the name that nft shows, or by its number. */
export type ProtocolName = 'tcp' | 'udp' | 'udplite' | 'sctp' | 'icmp' | 'icmpv6'

/** One condition. Whatever a field needs to be read rightly (family, protocol) the encoder adds when the rule does not say it. */
export type Match =
  | { readonly kind: 'interface'; readonly field: 'iifname' | 'oifname'; readonly name: string; readonly not?: true }
  | { readonly kind: 'interface-prefix'; readonly field: 'iifname' | 'oifname'; readonly prefix: string }
  | { readonly kind: 'conntrack'; readonly states: readonly ConntrackState[] }
  | { readonly kind: 'set'; readonly fields: readonly Field[]; readonly set: string; readonly not?: true }
  | { readonly kind: 'prefix'; readonly field: Field; readonly prefix: string; readonly not?: true }
  | { readonly kind: 'protocol'; readonly protocol: ProtocolName | number; readonly not?: true }
  | { readonly kind: 'family'; readonly family: Family }
  /** Needs a `protocol` match that has ports before it. */
  | { readonly kind: 'port'; readonly field: 'sport' | 'dport'; readonly range: PortRange; readonly not?: true }
  /** ICMP of this family; `not`: of another type, or of another code when one is given. */
  | {
      readonly kind: 'icmp'
      readonly family: Family
      readonly type: number
      readonly code?: number
      readonly not?: true
    }
  /** (packet's mark & mask) == value */
  | { readonly kind: 'mark'; readonly mask: number; readonly value: number; readonly not?: true }
  /** The same of the mark that the connection has. */
  | { readonly kind: 'ct-mark'; readonly mask: number; readonly value: number; readonly not?: true }

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }

/** Inclusive. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

export type Action =
  | Verdict
  /** Looks the fields up in a verdict map; goes on with the next rule when there is no such key. */
  | { readonly kind: 'dispatch'; readonly fields: readonly Field[]; readonly map: string }
  /** mark = (mark & ~mask) | value; then goes on with the next rule, or returns. */
  | { readonly kind: 'set-mark'; readonly mask: number; readonly value: number; readonly next: 'continue' | 'return' }
  /** Ends the packet with an answer; for TCP only. */
  | { readonly kind: 'reject'; readonly with: 'tcp-reset' }
  /** A line in the kernel's log; goes on with the next rule. */
  | { readonly kind: 'log'; readonly prefix: string }
  | { readonly kind: 'masquerade'; readonly ports?: PortRange }
  | { readonly kind: 'snat'; readonly family: Family; readonly address: string; readonly ports?: PortRange }

export interface Rule {
  readonly matches: readonly Match[]
  readonly action: Action
  /** Counts packets and bytes; for rules that drop. */
  readonly counter?: true
  /** A few words for whoever lists the ruleset. */
  readonly comment: string
}

export interface Hook {
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  readonly priority: number
}

export interface Chain {
  readonly name: string
  /** Absent: a chain that is only jumped to. Base chains always accept at their end. */
  readonly hook?: Hook
  readonly rules: readonly Rule[]
}

/** A set, or with `verdicts` a map from key to verdict. */
export interface SetSpec {
  readonly name: string
  readonly key: readonly KeyType[]
  /**
   * Members are disjoint inclusive ranges (`from-to`, also where it is a single value) instead of single values; in a
   * concatenation each part is one, and the kernel refuses a member that begins or ends within another one.
   */
  readonly interval?: true
  readonly verdicts?: true
}

export const verdictText = (verdict: Verdict): string =>
  'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind
