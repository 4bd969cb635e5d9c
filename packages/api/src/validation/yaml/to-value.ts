import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml'
import { readByKubectl } from './read-by-kubectl.ts'

/** Something in a document that is no JSON, or is there twice. */
export interface ValueFault {
  readonly code: 'Syntax' | 'DuplicateKey' | 'AmbiguousText' | 'InexactNumber'
  readonly message: string
  /** Offsets in the text that was parsed. */
  readonly range: readonly [number, number]
  /** Where the key is the first time. */
  readonly first?: readonly [number, number]
  readonly path: readonly (string | number)[]
  readonly value?: unknown
}

/** So many values aliases may stand for in a document: a few lines can say billions. */
const mostExpanded = 100_000
/** Deeper than any object of Kubernetes, and safe for code that goes down by calling itself. */
const deepest = 200

/**
 * The document as JSON, with all that is wrong with it. Aliases are replaced by what they stand for and `<<` by what it merges,
 * as kubectl does.
 */
export function toValue(document: Document): { readonly value: unknown; readonly faults: readonly ValueFault[] } {
  const faults: ValueFault[] = []
  const anchors = new Map<string, { readonly value: unknown; readonly size: number }>()
  let expanded = 0
  let count = 0
  let stopped = false

  const report = (
    node: unknown,
    path: readonly (string | number)[],
    message: string,
    rest: Partial<ValueFault> = {},
  ) => {
    faults.push({ code: 'Syntax', message, range: rangeOf(node), path, ...rest })
  }

  const read = (node: Node | Pair | null | undefined, path: readonly (string | number)[]): unknown => {
    if (stopped || node === null || node === undefined) return null
    if (path.length > deepest) {
      stopped = true
      report(node, path.slice(0, 20), `must not be nested deeper than ${deepest} levels`)
      return null
    }
    count++
    if (isAlias(node)) return readAlias(node.source, node, path)
    const before = count
    const value = isMap(node)
      ? readMap(node.items, node, path)
      : isSeq(node)
        ? node.items.map((item, index) => read(item as Node, [...path, index]))
        : readScalar(node as Scalar, path)
    const { anchor } = node as Node & { readonly anchor?: string }
    if (anchor !== undefined) anchors.set(anchor, { value, size: count - before + 1 })
    return value
  }

  const readAlias = (name: string, node: Node, path: readonly (string | number)[]): unknown => {
    const target = anchors.get(name)
    if (target === undefined) {
      report(node, path, `*${name} has no &${name} before it`)
      return null
    }
    count += target.size
    expanded += target.size
    if (expanded > mostExpanded) {
      if (!stopped) report(node, path, `must not stand for more than ${mostExpanded} values through aliases`)
      stopped = true
      return null
    }
    return target.value
  }

  const readMap = (pairs: readonly Pair[], map: Node, path: readonly (string | number)[]): unknown => {
    const result: Record<string, unknown> = {}
    const firsts = new Map<string, unknown>()
    const merged: unknown[] = []
    for (const pair of pairs) {
      const key = keyText(pair.key)
      if (key === undefined) {
        report(pair.key ?? map, path, 'must be text: keys of objects are')
        continue
      }
      const first = firsts.get(key)
      if (first !== undefined) {
        const message = `is there twice in ${path.length === 0 ? 'the document' : formatPath(path)}: only one would count`
        report(pair.key, [...path, key], message, { code: 'DuplicateKey', first: rangeOf(first) })
      }
      firsts.set(key, pair.key)
      const { source } = pair.key as Scalar
      const meaning = isPlain(pair.key) && source !== undefined ? readByKubectl(source) : undefined
      if (meaning !== undefined && String(meaning) !== key) {
        const message = `is the key ${meaning} for kubectl: write "${source}" or "${meaning}"`
        report(pair.key, [...path, key], message, { code: 'AmbiguousText', value: source })
      }
      const value = read(pair.value as Node, [...path, key])
      if (key === '<<' && isPlain(pair.key)) merged.push(...(Array.isArray(value) ? value : [value]))
      else put(result, key, value)
    }
    for (const source of merged) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        report(map, path, 'must merge (<<) a map or a list of maps')
        continue
      }
      for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(result, key)) put(result, key, value)
    }
    return result
  }

  const readScalar = (node: Scalar, path: readonly (string | number)[]): unknown => {
    const { value, source } = node
    if (typeof value === 'number' && !Number.isFinite(value)) {
      report(node, path, 'must be a number that JSON can have', { value: source })
      return null
    }
    if (typeof value === 'number' && isRounded(value, source)) {
      const message = `would be written as ${JSON.stringify(value)} by manxctl: write it with kubectl apply --server-side`
      report(node, path, message, { code: 'InexactNumber', value: source })
    }
    const meaning = isPlain(node) && source !== undefined ? readByKubectl(source) : undefined
    if (meaning !== undefined && meaning !== value) {
      const read = `is read as ${typeof meaning === 'number' ? 'the number ' : ''}${meaning} by kubectl`
      const message =
        typeof value === 'number'
          ? `${read}, and as ${value} by others: write ${meaning} or ${value}`
          : `${read}: write "${source}" for the text, or ${meaning}`
      report(node, path, message, { code: 'AmbiguousText', value: source })
    }
    return value instanceof Uint8Array || typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value
  }

  return { value: read(document.contents as Node | null, []), faults }
}

/**
 * A whole number has more digits than a number of JavaScript keeps: sequence numbers of IPAM have. What is written of it are the
 * fewest digits that mean the same number to JavaScript, and these may be just the ones that are there.
 */
function isRounded(value: number, source: string | undefined): boolean {
  if (Number.isSafeInteger(value) || source === undefined) return false
  return /^([-+]?\d+|0[ox][\da-fA-F]+)$/.test(source) && BigInt(source) !== writtenInteger(value)
}

/** The number as JSON has it. Only for whole ones. */
function writtenInteger(value: number): bigint {
  const text = JSON.stringify(value)
  return text.includes('e') ? BigInt(value) : BigInt(text)
}

function isPlain(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN'
}

/** The text of a key as JSON has it; undefined for keys that are lists or maps. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  const { value } = key
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range
  return [range?.[0] ?? 0, range?.[1] ?? range?.[0] ?? 0]
}

function put(object: Record<string, unknown>, key: string, value: unknown): void {
  // A plain assignment would set the prototype.
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

export function formatPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += /^[A-Za-z_$][\w$-]*$/.test(step) ? `${text === '' ? '' : '.'}${step}` : `[${step}]`
  }
  return text
}
