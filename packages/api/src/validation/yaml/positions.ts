import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml'
import { keyText } from './to-value.ts'

/** Takes `spec.ingress[0].source` apart; what is in brackets may be in quotes. */
export function pathSteps(path: string): string[] {
  return [...path.matchAll(/\["([^"\]]*)"\]|\[([^\]]*)\]|[^.[]+/g)].map((match) => match[1] ?? match[2] ?? match[0])
}

type Range = readonly [number, number]

/** Where the parts of a document are in its text. */
export class Positions {
  readonly #document: Document
  #anchors: ReadonlyMap<string, readonly Node[]> | undefined

  constructor(document: Document) {
    this.#document = document
  }

  /** Offsets of what a path is about: `key` for the name of the field, `value` for what it has. */
  locate(steps: readonly (string | number)[], part: 'key' | 'value'): Range {
    let node: unknown = this.#document.contents
    let key: unknown
    for (const step of steps) {
      node = this.#target(node)
      const found = isSeq(node)
        ? [undefined, node.items[Number(step)]]
        : isMap(node)
          ? this.#pairOf(node.items, String(step), 0)
          : undefined
      // What is missing is missing in the object around it.
      if (found === undefined || (found[0] === undefined && found[1] === undefined))
        return rangeOf(key) ?? startOf(node)
      ;[key, node] = found
    }
    const value = isScalar(node) || isAlias(node) ? rangeOf(node) : undefined
    const whole = isSeq(node) || isMap(node) ? (rangeOf(key) ?? startOf(node)) : undefined
    if (part === 'key') return rangeOf(key) ?? value ?? startOf(node)
    return value ?? whole ?? rangeOf(key) ?? startOf(node)
  }

  /** What an alias stands for. The library looks through the whole document for each; once is enough. */
  #target(node: unknown): unknown {
    if (!isAlias(node)) return node
    this.#anchors ??= anchorsOf(this.#document)
    return lastBefore(this.#anchors.get(node.source) ?? [], startOf(node)[0])
  }

  /** A field of the map, or of what is merged into it. */
  #pairOf(pairs: readonly Pair[], name: string, depth: number): readonly [unknown, unknown] | undefined {
    const own = pairs.findLast((pair) => keyText(pair.key) === name)
    if (own !== undefined || depth > mostMerged) return own === undefined ? undefined : [own.key, own.value]
    for (const pair of pairs) {
      if (keyText(pair.key) !== '<<') continue
      const merged = this.#target(pair.value)
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        const target = this.#target(source)
        const found = isMap(target) ? this.#pairOf(target.items, name, depth + 1) : undefined
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}

/** A map that merges one that merges one: further than this nobody looks, and a few lines cannot ask for ages. */
const mostMerged = 3

function anchorsOf(document: Document): ReadonlyMap<string, readonly Node[]> {
  const anchors = new Map<string, Node[]>()
  visit(document, {
    Node: (_, node) => {
      const { anchor } = node as Node & { readonly anchor?: string }
      if (anchor === undefined) return
      const list = anchors.get(anchor)
      if (list === undefined) anchors.set(anchor, [node as Node])
      else list.push(node as Node)
    },
  })
  return anchors
}

/** The last of nodes in the order of the text that begins before an offset. */
function lastBefore(nodes: readonly Node[], offset: number): Node | undefined {
  let [low, high] = [0, nodes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (startOf(nodes[middle])[0] < offset) low = middle + 1
    else high = middle
  }
  return nodes[low - 1]
}

function rangeOf(node: unknown): Range | undefined {
  const range = (node as Partial<Node> | null | undefined)?.range
  return range === null || range === undefined ? undefined : [range[0], range[1]]
}

function startOf(node: unknown): Range {
  const [start] = rangeOf(node) ?? [0]
  return [start, start + 1]
}
