import type { NftSet, NftTable, NftTransaction } from '@manx/netlink'
import { type Item, parseKey } from '../../calc/items.ts'
import type { Chain, SetSpec } from '../../calc/ruleset.ts'
import { encodeParts, encodeSet, encodeVerdict } from './elements.ts'
import { encodeRule } from './encode-rule.ts'
import { ruleComment } from './fingerprint.ts'

/** Everything that one transaction must do. */
export interface RulesetChanges {
  /** New or changed items, in the order of dependency. */
  readonly upserts: readonly Item[]
  /** Keys of what must go. */
  readonly removals: readonly string[]
  /** What each set is or was, for its elements. */
  readonly setOf: (name: string) => SetSpec | undefined
  /** True for a chain, set or verdict that the kernel has already, in another form. */
  readonly exists: (item: Item) => boolean
}

/**
 * Puts changes into an order that the kernel takes: frames of chains and sets first, for rules to refer to them; elements out
 * before elements in, for ranges that overlap; rules; verdicts; then what nobody refers to any more.
 */
export function fillTransaction(transaction: NftTransaction, table: NftTable, changes: RulesetChanges): void {
  const chains = changes.upserts.filter((item) => item.kind === 'chain').map((item) => item.chain)
  const gone = changes.removals.map((key) => parseKey(key)).filter((each) => each !== undefined)
  const goneChains = gone.filter((each) => each.kind === 'chain').map((each) => ({ table, name: each.name }))
  const goneSets = gone.filter((each) => each.kind === 'set').map((each) => ({ table, name: each.name }))
  const goneSetNames = new Set(goneSets.map(({ name }) => name))
  const elementsOut = new Groups()
  const elementsIn = new Groups()
  for (const each of gone) {
    // Elements of a set that goes itself need no mention.
    if (each.kind === 'element' && !goneSetNames.has(each.set)) elementsOut.add(each.set, { parts: each.parts })
  }

  for (const chain of chains) transaction.addChain(frameOf(table, chain))
  for (const item of changes.upserts) {
    if (item.kind === 'set') transaction.addSet(encodeSet(table, item.set))
    if (item.kind === 'member') elementsIn.add(item.set, { parts: item.parts })
    if (item.kind === 'dispatch') {
      if (changes.exists(item)) elementsOut.add(item.map, { parts: item.parts })
      elementsIn.add(item.map, { parts: item.parts, verdict: item.verdict })
    }
  }
  for (const [set, elements] of elementsOut.encoded(table, changes.setOf)) {
    transaction.deleteElements(
      set,
      elements.map(({ key }) => key),
    )
  }
  for (const chain of goneChains) transaction.flushChain(chain)
  for (const chain of chains) {
    if (changes.exists({ kind: 'chain', chain })) transaction.flushChain({ table, name: chain.name })
    for (const rule of chain.rules) {
      transaction.addRule({ table, chain: chain.name, expressions: encodeRule(rule), comment: ruleComment(rule) })
    }
  }
  for (const [set, elements] of elementsIn.encoded(table, changes.setOf)) transaction.addElements(set, elements)
  // A map goes before the chains that its verdicts name.
  for (const set of goneSets) transaction.deleteSet(set)
  for (const chain of goneChains) transaction.deleteChain(chain)
}

const frameOf = (table: NftTable, { name, hook }: Chain) => ({
  table,
  name,
  ...(hook === undefined ? {} : { base: { ...hook, policy: 'accept' as const } }),
})

interface Element {
  readonly parts: readonly string[]
  readonly verdict?: Extract<Item, { kind: 'dispatch' }>['verdict']
}

/** Elements by the set that they are in, so that each set is named once. */
class Groups {
  readonly #groups = new Map<string, Element[]>()

  add(set: string, element: Element): void {
    const group = this.#groups.get(set)
    if (group === undefined) this.#groups.set(set, [element])
    else group.push(element)
  }

  *encoded(table: NftTable, setOf: RulesetChanges['setOf']): Generator<[NftSet, EncodedElement[]]> {
    for (const [name, elements] of this.#groups) {
      const spec = setOf(name)
      if (spec === undefined) throw new Error(`elements of the set ${name}, which nobody defined`)
      yield [
        encodeSet(table, spec),
        elements.map(({ parts, verdict }) => ({
          key: encodeParts(spec, parts),
          ...(verdict === undefined ? {} : { data: encodeVerdict(verdict) }),
        })),
      ]
    }
  }
}

type EncodedElement = { key: ReturnType<typeof encodeParts>; data?: ReturnType<typeof encodeVerdict> }
