import { setImmediate as nextTurn } from 'node:timers/promises'
import type { NftTable, NftTransaction } from '@manx/netlink'
import { type Item, parseKey } from '../../calc/items.ts'
import type { Chain, SetSpec } from '../../calc/ruleset.ts'
import { encodeParts, encodeSet, encodeVerdict } from './elements.ts'
import { encodeRule } from './encode-rule.ts'
import { ruleComment } from './fingerprint.ts'
import { memberParts } from './set-members.ts'

/** What changes in one set that is no map; members by `memberKey`. */
export interface MemberChanges {
  readonly set: SetSpec
  readonly added: Iterable<string>
  readonly removed: Iterable<string>
}

/** Everything that one transaction must do. */
export interface RulesetChanges {
  /** New or changed sets, chains and dispatches, in the order of dependency. */
  readonly upserts: readonly Item[]
  /** Keys of those that must go. */
  readonly removals: readonly string[]
  /** Of sets that stay or come; a set that goes takes its members with it. */
  readonly members: readonly MemberChanges[]
  /** What each map is or was, for its elements. */
  readonly setOf: (name: string) => SetSpec | undefined
  /** True for a chain, set or verdict that the kernel has already, in another form. */
  readonly exists: (item: Item) => boolean
}

/** So many rules or elements are encoded in one turn of the event loop, which takes some 3 ms. */
const perTurn = { rules: 250, elements: 2000 }

/**
 * Puts changes into an order that the kernel takes: frames of chains and sets first, for rules to refer to them; elements out
 * before elements in, for ranges that overlap; rules; verdicts; then what nobody refers to any more.
 */
export async function fillTransaction(
  transaction: NftTransaction,
  table: NftTable,
  changes: RulesetChanges,
): Promise<void> {
  const chains = changes.upserts.filter((item) => item.kind === 'chain').map((item) => item.chain)
  const dispatches = changes.upserts.filter((item) => item.kind === 'dispatch')
  const gone = changes.removals.map((key) => parseKey(key)).filter((each) => each !== undefined)
  const goneChains = gone.filter((each) => each.kind === 'chain').map((each) => ({ table, name: each.name }))
  const goneSets = gone.filter((each) => each.kind === 'set').map((each) => ({ table, name: each.name }))
  const goneSetNames = new Set(goneSets.map(({ name }) => name))
  const goneVerdicts = gone
    .filter((each) => each.kind === 'element')
    .filter((each) => !goneSetNames.has(each.set))
    .map(({ set, parts }) => ({ map: set, parts }))

  for (const chain of chains) transaction.addChain(frameOf(table, chain))
  for (const item of changes.upserts) if (item.kind === 'set') transaction.addSet(encodeSet(table, item.set))

  for (const { set, removed } of changes.members) {
    const encoded = encodeSet(table, set)
    for (const keys of slices(removed)) {
      transaction.deleteElements(
        encoded,
        keys.map((key) => encodeParts(set, memberParts(key))),
      )
      if (keys.length === perTurn.elements) await nextTurn()
    }
  }
  const verdictsOut = [...goneVerdicts, ...dispatches.filter((item) => changes.exists(item))]
  for (const [map, elements] of byMap(verdictsOut)) {
    const spec = specOf(map, changes)
    transaction.deleteElements(
      encodeSet(table, spec),
      elements.map(({ parts }) => encodeParts(spec, parts)),
    )
  }

  for (const chain of goneChains) transaction.flushChain(chain)
  let rules = 0
  for (const chain of chains) {
    if (changes.exists({ kind: 'chain', chain })) transaction.flushChain({ table, name: chain.name })
    for (const rule of chain.rules) {
      transaction.addRule({ table, chain: chain.name, expressions: encodeRule(rule), comment: ruleComment(rule) })
      if (++rules % perTurn.rules === 0) await nextTurn()
    }
  }

  for (const { set, added } of changes.members) {
    const encoded = encodeSet(table, set)
    for (const keys of slices(added)) {
      transaction.addElements(
        encoded,
        keys.map((key) => encodeParts(set, memberParts(key))),
      )
      if (keys.length === perTurn.elements) await nextTurn()
    }
  }
  for (const [map, elements] of byMap(dispatches)) {
    const spec = specOf(map, changes)
    transaction.addElements(
      encodeSet(table, spec),
      elements.map(({ parts, verdict }) => ({ key: encodeParts(spec, parts), data: encodeVerdict(verdict) })),
    )
  }
  // A map goes before the chains that its verdicts name.
  for (const set of goneSets) transaction.deleteSet(set)
  for (const chain of goneChains) transaction.deleteChain(chain)
}

const frameOf = (table: NftTable, { name, hook }: Chain) => ({
  table,
  name,
  ...(hook === undefined ? {} : { base: { ...hook, policy: 'accept' as const } }),
})

function specOf(map: string, changes: RulesetChanges): SetSpec {
  const spec = changes.setOf(map)
  if (spec === undefined) throw new Error(`elements of the map ${map}, which nobody defined`)
  return spec
}

/** So that each map is named once. */
function byMap<T extends { readonly map: string }>(elements: readonly T[]): Map<string, readonly T[]> {
  return Map.groupBy(elements, ({ map }) => map)
}

function* slices(keys: Iterable<string>): Generator<readonly string[]> {
  let slice: string[] = []
  for (const key of keys) {
    slice.push(key)
    if (slice.length < perTurn.elements) continue
    yield slice
    slice = []
  }
  if (slice.length > 0) yield slice
}
