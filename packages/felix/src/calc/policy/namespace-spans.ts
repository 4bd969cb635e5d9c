import type { ItemStore } from '../item-store.ts'
import { type NamespaceSpan, type SpanContext, spanChains, spanName } from './namespace-span.ts'

interface UsedSpan {
  readonly span: NamespaceSpan
  readonly place: string
  users: number
}

/** The chains of the spans that lists use, each there as long as one of them does. */
export class NamespaceSpans {
  readonly #items: ItemStore
  readonly #spans = new Map<string, UsedSpan>()
  /** Names by namespace and direction. */
  readonly #places = new Map<string, Set<string>>()

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
    this.#spans.set(name, { span, place, users: 1 })
    this.#places.set(place, (this.#places.get(place) ?? new Set()).add(name))
    this.#make(name, span, context)
  }

  release(name: string): void {
    const used = this.#spans.get(name)
    if (used === undefined || --used.users > 0) return
    this.#spans.delete(name)
    const others = this.#places.get(used.place)
    others?.delete(name)
    if (others?.size === 0) this.#places.delete(used.place)
    this.#items.set(spanOwner(name), [])
  }

  refresh(context: SpanContext): void {
    for (const name of this.#places.get(placeOf(context)) ?? []) {
      const used = this.#spans.get(name)
      if (used !== undefined) this.#make(name, used.span, context)
    }
  }

  keysOf(name: string): readonly string[] {
    return this.#items.keysOf(spanOwner(name))
  }

  chainKeys(): readonly string[] {
    return [...this.#spans.keys()].flatMap((name) => this.keysOf(name))
  }

  #make(name: string, span: NamespaceSpan, context: SpanContext): void {
    const chains = spanChains(span, context)
    this.#items.set(
      spanOwner(name),
      chains.map((chain) => ({ kind: 'chain', chain })),
    )
  }
}

const placeOf = ({ namespace, direction }: SpanContext): string => `${direction}/${namespace}`

const spanOwner = (name: string): string => `span/${name}`
