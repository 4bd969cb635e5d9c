import type { Policy } from '@manx/api'
import type { ItemStore } from '../item-store.ts'
import { groupCommons, type Part, partChains } from './common-groups.ts'
import {
  type NamespaceSpan,
  orderSpanChain,
  orderSpanContent,
  type SpanContext,
  spanName,
  tiersSpanChains,
} from './namespace-span.ts'

interface UsedSpan {
  readonly span: NamespaceSpan
  readonly place: string
  /** What its chain says now. */
  content: string
  users: number
}

/** The policies of a tier that spans of orders of one place ask. */
interface UsedGroups {
  readonly policies: readonly Policy[]
  readonly passMark: number
  readonly parts: readonly Part[]
}

/** The chains of the spans that lists use, each there as long as one of them does. */
export class NamespaceSpans {
  readonly #items: ItemStore
  readonly #spans = new Map<string, UsedSpan>()
  /** Names by namespace and direction. */
  readonly #places = new Map<string, Set<string>>()
  /** By the owner of their chains, as long as there is a span of orders of their tier. */
  readonly #groups = new Map<string, UsedGroups>()
  /** Names of those spans, likewise. */
  readonly #groupUsers = new Map<string, Set<string>>()

  constructor(items: ItemStore) {
    this.#items = items
  }

  /** To be given back with `release`, by the name of its chain. */
  take(span: NamespaceSpan, context: SpanContext): void {
    const name = spanName(span, context)
    const known = this.#spans.get(name)
    if (known !== undefined) {
      known.users++
      return
    }
    const place = placeOf(context)
    const used = { span, place, content: '', users: 1 }
    this.#spans.set(name, used)
    add(this.#places, place, name)
    if (span.kind !== 'tiers') add(this.#groupUsers, groupsOwner(place, span.tier), name)
    this.#make(name, used, context)
  }

  release(name: string): void {
    const used = this.#spans.get(name)
    if (used === undefined || --used.users > 0) return
    const { place, span } = used
    this.#spans.delete(name)
    remove(this.#places, place, name)
    this.#items.set(spanOwner(name), [])
    if (span.kind === 'tiers') return
    const owner = groupsOwner(place, span.tier)
    remove(this.#groupUsers, owner, name)
    if (this.#groupUsers.has(owner)) return
    this.#groups.delete(owner)
    this.#items.set(owner, [])
  }

  refresh(context: SpanContext): void {
    for (const name of this.#places.get(placeOf(context)) ?? []) {
      const used = this.#spans.get(name)
      if (used !== undefined) this.#make(name, used, context)
    }
  }

  keysOf(name: string): readonly string[] {
    const own = this.#items.keysOf(spanOwner(name))
    const used = this.#spans.get(name)
    if (used === undefined || used.span.kind === 'tiers') return own
    return [...own, ...this.#items.keysOf(groupsOwner(used.place, used.span.tier))]
  }

  chainKeys(): readonly string[] {
    const owners = [...[...this.#spans.keys()].map(spanOwner), ...this.#groups.keys()]
    return owners.flatMap((owner) => this.#items.keysOf(owner))
  }

  #make(name: string, used: UsedSpan, context: SpanContext): void {
    const { span, place } = used
    if (span.kind === 'tiers') {
      const chains = tiersSpanChains(span, context)
      this.#items.set(
        spanOwner(name),
        chains.map((chain) => ({ kind: 'chain', chain })),
      )
      return
    }
    const content = orderSpanContent(span, this.#partsOf(place, span.tier, context), context)
    // Most are the same when one policy more is common.
    if (content.identity === used.content) return
    used.content = content.identity
    this.#items.set(spanOwner(name), [{ kind: 'chain', chain: orderSpanChain(span, content, context) }])
  }

  /** Once for all spans of the tier. */
  #partsOf(place: string, tier: string, context: SpanContext): readonly Part[] {
    const { common, namespace, direction, passMark } = context
    const policies = common.find((applied) => applied.tier.name === tier)?.policies ?? none
    const owner = groupsOwner(place, tier)
    const known = this.#groups.get(owner)
    if (known?.policies === policies && known.passMark === passMark) return known.parts
    const parts = groupCommons(policies, { namespace, direction, tier })
    this.#groups.set(owner, { policies, passMark, parts })
    this.#items.set(
      owner,
      partChains(parts, passMark).map((chain) => ({ kind: 'chain', chain })),
    )
    return parts
  }
}

const none: readonly Policy[] = []

const placeOf = ({ namespace, direction }: SpanContext): string => `${direction}/${namespace}`

const spanOwner = (name: string): string => `span/${name}`

const groupsOwner = (place: string, tier: string): string => `groups/${place}/${tier}`

function add(index: Map<string, Set<string>>, key: string, name: string): void {
  index.set(key, (index.get(key) ?? new Set()).add(name))
}

function remove(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key)
  names?.delete(name)
  if (names?.size === 0) index.delete(key)
}
