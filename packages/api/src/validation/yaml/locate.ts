import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import { keyText } from './to-value.ts'

/** Takes `spec.ingress[0].source` apart; what is in brackets may be in quotes. */
export function pathSteps(path: string): string[] {
  return [...path.matchAll(/\["([^"\]]*)"\]|\[([^\]]*)\]|[^.[]+/g)].map((match) => match[1] ?? match[2] ?? match[0])
}

/** The part of the text that a path is about; `key` for the name of the field, `value` for what it has. */
export function locate(
  document: Document,
  steps: readonly (string | number)[],
  part: 'key' | 'value',
): readonly [number, number] {
  let node: unknown = document.contents
  let key: unknown
  for (const step of steps) {
    if (isAlias(node)) node = node.resolve(document)
    const found = isSeq(node)
      ? [undefined, node.items[Number(step)]]
      : isMap(node)
        ? pairOf(document, node.items, step)
        : undefined
    if (found === undefined || (found[0] === undefined && found[1] === undefined)) {
      // What is missing is missing in the object around it.
      return rangeOf(key) ?? startOf(node)
    }
    ;[key, node] = found[0] === undefined ? [undefined, found[1]] : found
  }
  const value = isScalar(node) || isAlias(node) ? rangeOf(node) : undefined
  const whole = isSeq(node) || isMap(node) ? (rangeOf(key) ?? startOf(node)) : undefined
  return part === 'key' ? (rangeOf(key) ?? value ?? startOf(node)) : (value ?? whole ?? rangeOf(key) ?? startOf(node))
}

function pairOf(document: Document, pairs: readonly Pair[], step: string | number): [unknown, unknown] | undefined {
  const own = pairs.findLast((pair) => keyText(pair.key) === String(step))
  if (own !== undefined) return [own.key, own.value]
  for (const pair of pairs) {
    if (keyText(pair.key) !== '<<') continue
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const target = isAlias(source) ? source.resolve(document) : source
      const found = isMap(target) ? pairOf(document, target.items, step) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = (node as Partial<Node> | null | undefined)?.range
  return range === null || range === undefined ? undefined : [range[0], range[1]]
}

function startOf(node: unknown): readonly [number, number] {
  const [start] = rangeOf(node) ?? [0]
  return [start, start + 1]
}
