import type { NftChain, NftElement, NftKey, NftRule, NftSet, NftTable } from './types.ts'

/**
 * Operations that the kernel does all together or not at all, in the order of the calls. Each call encodes at once and
 * throws NetlinkError (EINVAL) for what cannot be encoded. Calls can be chained.
 */
export interface NftTransaction {
  /** Creates; no error when it is there. */
  addTable(table: NftTable): this
  /** Deletes with all it contains. ENOENT when absent: `addTable(t).deleteTable(t)` is the safe order. */
  deleteTable(table: NftTable): this
  /** Creates; no error when it is there in the same form. */
  addChain(chain: NftChain): this
  /** EBUSY while a rule or verdict map refers to it. Flush it before. */
  deleteChain(chain: Pick<NftChain, 'table' | 'name'>): this
  /** Deletes all its rules. */
  flushChain(chain: Pick<NftChain, 'table' | 'name'>): this
  /** Appends. */
  addRule(rule: NftRule): this
  /** Puts the rule before all others of its chain, or before the one of the handle. */
  insertRule(rule: NftRule, before?: bigint): this
  replaceRule(rule: NftRule, handle: bigint): this
  deleteRule(rule: Pick<NftRule, 'table' | 'chain'>, handle: bigint): this
  /** Creates; no error when it is there in the same form. */
  addSet(set: NftSet): this
  deleteSet(set: Pick<NftSet, 'table' | 'name'>): this
  /** Deletes all its elements. */
  flushSet(set: Pick<NftSet, 'table' | 'name'>): this
  /** For sets: keys or elements. No error when a key is there (with the same data). Split as the 64 KiB attribute limit needs it. */
  addElements(set: NftSet, elements: Iterable<NftElement | NftKey>): this
  /** ENOENT when one is absent. In interval sets an element must be the same range that was added. */
  deleteElements(set: NftSet, elements: Iterable<NftElement | NftKey>): this
  /** Operations so far. */
  readonly size: number
  /** Encoded bytes so far. */
  readonly bytes: number
  /**
   * Sends all in one batch; off the event loop when it is large. Rejects with NetlinkError naming the operation that failed;
   * then nothing was changed. May be called once. An empty transaction does nothing.
   */
  commit(): Promise<void>
}
