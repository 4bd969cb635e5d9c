import type { NftTransaction } from './transaction.ts'
import type { NftChain, NftElement, NftRuleEntry, NftSet, NftTable, NftTableDump } from './types.ts'

export interface NftSocketOptions {
  /** Path of the network namespace to work in; absent: the caller's own. */
  readonly namespace?: string
}

export interface DumpOptions {
  /** Default true. Elements may be most of the data. */
  readonly elements?: boolean
  /** Default true. */
  readonly rules?: boolean
}

/** nf_tables of one network namespace. */
export interface NftSocket extends Disposable {
  /** Starts a transaction: fill it, then commit() it. Several may be filled at once; the kernel takes them as they are committed. */
  begin(): NftTransaction
  /** Counts the transactions of everyone in the namespace (32 bits, wraps). */
  generation(): Promise<number>
  tables(): Promise<(NftTable & { readonly handle: bigint })[]>
  chains(table: NftTable): Promise<(NftChain & { readonly handle: bigint })[]>
  rules(table: NftTable, chain?: string): Promise<NftRuleEntry[]>
  sets(table: NftTable): Promise<(NftSet & { readonly handle: bigint })[]>
  /** Interval sets give ranges back as prefixes where they are one, else `a-b`. */
  elements(set: NftSet): Promise<NftElement[]>
  /** One table as a whole, from one generation (read again when others write meanwhile). Undefined when it is not there. */
  dumpTable(table: NftTable, options?: DumpOptions): Promise<NftTableDump | undefined>
  close(): void
  readonly onClosed: Promise<void>
}

/** Opens a netfilter netlink socket. It stays bound to the namespace, wherever the process goes. */
export function openNftSocket(_options: NftSocketOptions = {}): NftSocket {
  throw new Error('not there yet')
}
