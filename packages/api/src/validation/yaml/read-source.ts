import { type Document, parseAllDocuments } from 'yaml'
import type { Finding, Place } from '../finding.ts'
import { holdsSecret, mayHoldSecret, withhold } from '../withhold.ts'
import { type Lines, linesOf } from './lines.ts'
import { type Positions, pathSteps } from './positions.ts'
import { keepPositions } from './positions-keeper.ts'
import { type Chunk, splitDocuments } from './split-documents.ts'
import { formatPath, toValue, type ValueFault } from './to-value.ts'

/** A text with documents. */
export interface SourceText {
  /** For messages: its path, or `standard input`. */
  readonly file: string
  readonly text: string
}

/** One object of the input, as it was written. */
export interface SourceDocument {
  readonly file: string
  /** From 1. */
  readonly document: number
  /** From 1, when the document is a list. */
  readonly item?: number
  readonly value: unknown
  /** It, or another item of its list, is a Secret: what is in its lines is not to be shown. */
  readonly secret: boolean
  /** Where a path of the object is in the file. */
  placeOf(path: string, part: 'key' | 'value'): Place
}

export interface ReadSource {
  readonly documents: readonly SourceDocument[]
  readonly findings: readonly Finding[]
}

/**
 * Reads all documents of a text, YAML or JSON; lists are taken apart. Never throws: what cannot be read is a finding. `look` gets
 * each document as soon as it is read, when places in it cost nothing yet.
 */
export function readSource({ file, text }: SourceText, look?: (document: SourceDocument) => void): ReadSource {
  const documents: SourceDocument[] = []
  const findings: Finding[] = []
  const lines = linesOf(text)
  let number = 0
  const keeper = keepPositions((part) => {
    const again = parse(part)
    return typeof again === 'string' ? [] : again
  })
  const report = (finding: Finding, secret: boolean) => findings.push(secret ? withhold(finding) : finding)
  for (const chunk of splitDocuments(text)) {
    const parsed = parse(chunk.text)
    if (typeof parsed === 'string') {
      number++
      const place = placeIn(file, lines, chunk.offset, chunk.offset + 1)
      const about = { ...place, document: number, path: '', message: parsed }
      report({ ...about, severity: 'error', code: 'Syntax' }, mayHoldSecret(chunk.text))
      continue
    }
    keeper.keep(chunk, parsed)
    for (const [index, document] of parsed.entries()) {
      number++
      const { value, faults } = toValue(document)
      const secret = holdsSecret(value) || (document.errors.length > 0 && mayHoldSecret(chunk.text))
      const around = { file, lines, chunk, positions: () => keeper.find(chunk, index), number, secret }
      for (const { pos, message } of [...document.errors, ...document.warnings]) {
        // What is missing at the end is missing after the last thing that is there.
        const start = Math.max(0, Math.min(pos[0], chunk.text.trimEnd().length - 1))
        const place = placeIn(file, lines, chunk.offset + start, chunk.offset + Math.max(start + 1, pos[1]))
        const about = { ...place, document: number, path: '', message: sentence(message) }
        report({ ...about, severity: 'error', code: 'Syntax' }, secret)
      }
      for (const fault of faults) report(findingOf(fault, around), secret)
      // What is left of a text with faults would only bring faults that follow from them.
      if (document.errors.length > 0 || value === null) continue
      for (const one of takeApart(value, around)) {
        documents.push(one)
        look?.(one)
      }
    }
  }
  return { documents, findings }
}

interface Around {
  readonly file: string
  readonly lines: Lines
  readonly chunk: Chunk
  readonly positions: () => Positions | undefined
  readonly number: number
  readonly secret: boolean
}

const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const

/** The documents, or why there are none. */
function parse(text: string): Document[] | string {
  try {
    return [...parseAllDocuments(text, options)] as Document[]
  } catch (error) {
    // The parser calls itself, and says so with a RangeError when there is no more room.
    if (error instanceof RangeError) return 'is nested too deeply to be read'
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

function findingOf(fault: ValueFault, { file, lines, chunk, number }: Around): Finding {
  const at = ([start, end]: readonly [number, number]) => placeIn(file, lines, chunk.offset + start, chunk.offset + end)
  return {
    ...at(fault.range),
    severity: fault.code === 'AmbiguousText' || fault.code === 'InexactNumber' ? 'warning' : 'error',
    code: fault.code,
    document: number,
    path: formatPath(fault.path),
    ...(fault.value === undefined ? {} : { value: fault.value }),
    message: fault.message,
    ...(fault.first === undefined ? {} : { related: [{ ...at(fault.first), message: 'the first time' }] }),
  }
}

function takeApart(value: unknown, around: Around): SourceDocument[] {
  const items = itemsOf(value)
  if (items === undefined) return [documentOf(value, around, [])]
  return items.map((one, index) => ({
    ...documentOf(one, around, Array.isArray(value) ? [index] : ['items', index]),
    item: index + 1,
  }))
}

function documentOf(
  value: unknown,
  { file, lines, chunk, positions, number, secret }: Around,
  prefix: readonly (string | number)[],
): SourceDocument {
  return {
    file,
    document: number,
    value,
    secret,
    placeOf(path, part) {
      const [start, end] = positions()?.locate([...prefix, ...pathSteps(path)], part) ?? [0, 1]
      return placeIn(file, lines, chunk.offset + start, chunk.offset + end)
    },
  }
}

/** The items of a `List`, of an `IPPoolList`, or of a plain list. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('items' in value)) return undefined
  const { kind, items } = value
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : undefined
}

function placeIn(file: string, lines: Lines, start: number, end: number): Place {
  const { line, column } = lines.placeAt(start)
  const room = Math.max(1, lines.textOf(line).length - column + 1)
  return { file, line, column, width: Math.max(1, Math.min(end - start, room)) }
}

function sentence(message: string): string {
  return `is not YAML: ${message}`
}
