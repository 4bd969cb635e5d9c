import type { Item, ItemKind } from './items.ts'

/** What changed since the last flush: `item` is absent when the thing must go. */
export interface ItemDelta {
  readonly key: string
  readonly kind: ItemKind
  readonly item?: Item
}

/**
 * Members of a policy set that came and went since the last flush, many at a time. It follows the delta of the set itself.
 * The members of a set that goes, go with it, without a delta of their own; when it comes back it is empty and all are added.
 */
export interface MembersDelta {
  readonly kind: 'members'
  /** `membersKey(set)`: stands for all members of the set, to ask whether they are in the kernel. */
  readonly key: string
  readonly set: string
  /** One part for each part of the set's key; a range is `from-to`. No member is in both lists, or twice in one. */
  readonly added: readonly (readonly string[])[]
  readonly removed: readonly (readonly string[])[]
  readonly item?: undefined
}

/** One step from what the kernel held at the last flush to what it must hold now. */
export type Delta = ItemDelta | MembersDelta
