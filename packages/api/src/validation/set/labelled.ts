import { matchesLabels, type SelectorNode } from '../../selectors/node.ts'
import type { Labels } from '../../selectors/selector.ts'
import { suggest } from '../../suggest.ts'

/** Things with labels, ready to be asked whether a selector matches any of them. */
export class Labelled {
  readonly #items: Labels[] = []
  readonly #byLabel = new Map<string, Map<string, Labels[]>>()

  add(labels: Labels): void {
    this.#items.push(labels)
    for (const [label, value] of Object.entries(labels)) {
      let values = this.#byLabel.get(label)
      if (values === undefined) {
        values = new Map()
        this.#byLabel.set(label, values)
      }
      const items = values.get(value)
      if (items === undefined) values.set(value, [labels])
      else items.push(labels)
    }
  }

  get size(): number {
    return this.#items.length
  }

  hasLabel(label: string, value: string): boolean {
    return this.#byLabel.get(label)?.has(value) ?? false
  }

  matchesAny(node: SelectorNode): boolean {
    return this.#candidates(node).some((labels) => matchesLabels(node, labels))
  }

  /** The smallest list that has all items which the selector can match, by a label that it needs with a value. */
  #candidates(node: SelectorNode): readonly Labels[] {
    let best: readonly Labels[] = this.#items
    for (const term of node.type === 'and' ? node.operands : [node]) {
      const found = this.#having(term)
      if (found !== undefined && found.length < best.length) best = found
    }
    return best
  }

  #having(term: SelectorNode): readonly Labels[] | undefined {
    if (term.type === 'equal') return this.#byLabel.get(term.label)?.get(term.value) ?? []
    if (term.type === 'in') return term.values.flatMap((value) => this.#byLabel.get(term.label)?.get(value) ?? [])
    if (term.type !== 'has') return undefined
    const values = this.#byLabel.get(term.label)
    return values === undefined ? [] : [...values.values()].flat()
  }

  /** A label or value in the selector that nothing has, and the one that was probably meant. */
  explain(node: SelectorNode, shown: (label: string) => string | undefined): string | undefined {
    switch (node.type) {
      case 'and':
      case 'or':
        for (const operand of node.operands) {
          const explained = this.explain(operand, shown)
          if (explained !== undefined) return explained
        }
        return undefined
      case 'all':
      case 'global':
      case 'not':
      case 'notEqual':
      case 'notIn':
        return undefined
    }
    const label = shown(node.label)
    if (label === undefined) return undefined
    const values = this.#byLabel.get(node.label)
    if (values === undefined) {
      const near = suggest(
        label,
        [...this.#byLabel.keys()].flatMap((one) => shown(one) ?? []),
      )
      return `nothing has the label ${label}${near === undefined ? '' : `: write ${near}`}`
    }
    if (node.type !== 'equal' || values.has(node.value)) return undefined
    const near = suggest(node.value, values.keys())
    return `no ${label} is "${node.value}"${near === undefined ? '' : `: write "${near}"`}`
  }
}
