import { NetlinkError } from '../netlink-error.ts'
import { typeLength } from './data-types.ts'
import type { NftKey, NftScalar, NftSet, NftType } from './types.ts'

/** What encoders of elements need to know of a set, worked out once per set object. */
export interface SetShape {
  readonly key: readonly NftType[]
  /** Absent for sets and verdict maps. */
  readonly data: readonly NftType[] | undefined
  readonly verdictMap: boolean
  /** One range per element, kept as a start and an end element. */
  readonly interval: boolean
  /** A range per component, kept as a key and its end in one element. */
  readonly concatInterval: boolean
}

const shapes = new WeakMap<NftSet, SetShape>()

export function setShape(set: NftSet): SetShape {
  const known = shapes.get(set)
  if (known !== undefined) return known
  const key = asList(set.key)
  if (key.length === 0) throw new NetlinkError({ errno: 22, request: `nf_tables set ${set.name}: key without a type` })
  const interval = set.interval === true
  const shape: SetShape = {
    key,
    data: set.data === undefined || set.data === 'verdict' ? undefined : asList(set.data),
    verdictMap: set.data === 'verdict',
    interval: interval && key.length === 1,
    concatInterval: interval && key.length > 1,
  }
  shapes.set(set, shape)
  return shape
}

/** The kernel's length: components of a concatenation are padded to registers of 4 bytes. */
export function keyLength(types: readonly NftType[]): number {
  const [only] = types
  if (only !== undefined && types.length === 1) return typeLength(only)
  return types.reduce((sum, type) => sum + paddedLength(type), 0)
}

/** Bytes of one component inside a concatenation. */
export function paddedLength(type: NftType): number {
  return (typeLength(type) + 3) & ~3
}

function asList<T extends string>(value: T | readonly T[]): readonly T[] {
  return typeof value === 'string' ? [value] : value
}

/** The components of a key; one that is not a list is its only component. */
export function keyParts(key: NftKey): readonly NftScalar[] {
  return typeof key === 'object' && !ArrayBuffer.isView(key) ? key : [key as NftScalar]
}
