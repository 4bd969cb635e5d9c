import { type Document, parseAllDocuments } from 'yaml'
import { messageOf } from '../message-of.ts'
import { isObject } from '../schema/validate.ts'
import { mayHoldSecret } from '../validation/withhold.ts'
import { type DuplicateKey, firstDuplicateKey } from '../validation/yaml/first-duplicate-key.ts'
import { linesOf } from '../validation/yaml/lines.ts'
import { parseExactJson, withSafeNumbers } from './exact-numbers.ts'
import type { ConversionFinding } from './finding.ts'
import { firstDuplicateJsonKey } from './first-duplicate-json-key.ts'
import { ipamExportObjects, isIpamExport } from './ipam-export.ts'

/** One object of the input, not yet looked at. */
export interface ConversionInput {
  readonly place: string
  readonly value: unknown
}

export interface ReadInput {
  readonly inputs: readonly ConversionInput[]
  /** Documents that are not YAML or JSON; the others are there. */
  readonly findings: readonly ConversionFinding[]
}

/**
 * Takes a text apart into objects: YAML documents, JSON, lists of any kind, and what `calicoctl datastore migrate export` writes:
 * resources, cluster information and IPAM data with lines of `===` between them.
 */
export function readConversionInput(text: string, source: string): ReadInput {
  const inputs: ConversionInput[] = []
  const findings: ConversionFinding[] = []
  const parts = text.split(/^===[ \t]*\r?$/m)
  for (const [index, part] of parts.entries()) {
    const place = parts.length === 1 ? source : `${source}, part ${index + 1}`
    for (const document of parse(part, place)) {
      if ('message' in document) {
        const { place: where, message } = document
        findings.push({ effect: 'lost', code: 'NotReadable', place: where, path: '', message })
      } else inputs.push(...objectsOf(document.value, document.place))
    }
  }
  return { inputs, findings }
}

type Parsed = ConversionInput | { readonly place: string; readonly message: string }

function parse(text: string, place: string): Parsed[] {
  if (/^\s*[[{]/.test(text)) {
    try {
      const value = parseExactJson(text)
      const twice = firstDuplicateJsonKey(text)
      if (twice === undefined) return [{ place, value }]
      return [{ place, message: `is not JSON that can be read: ${describeTwice(twice, text)}` }]
    } catch {
      // It may still be YAML, whose reader says better what is wrong.
    }
  }
  let documents: readonly Document[]
  try {
    documents = [
      ...parseAllDocuments(text, { intAsBigInt: true, uniqueKeys: false, prettyErrors: false }),
    ] as Document[]
  } catch (error) {
    // The parser calls itself, and has no more room for what is nested too deeply.
    return [{ place, message: `is not YAML that can be read: ${messageOf(error)}` }]
  }
  const secret = mayHoldSecret(text)
  return documents.flatMap((document, index): Parsed[] => {
    const where = `${place}, document ${index + 1}`
    const fault = faultOf(document, text, secret)
    if (fault !== undefined) return [{ place: where, message: `is not YAML: ${fault}` }]
    try {
      const value = withSafeNumbers(document.toJS())
      return value === null || value === undefined ? [] : [{ place: where, value }]
    } catch (error) {
      return [{ place: where, message: `is not YAML${secret ? ' that can be read' : `: ${messageOf(error)}`}` }]
    }
  })
}

/** The parser's words may have in them what is there, and one document without its end may reach into the next one. */
function faultOf(document: Document, text: string, secret: boolean): string | undefined {
  const [fault] = document.errors
  if (fault !== undefined) {
    const what = secret ? 'it cannot be read, and a part of it may be a Secret' : fault.message
    return `${what} (line ${linesOf(text).placeAt(fault.pos[0]).line})`
  }
  const twice = firstDuplicateKey(document)
  return twice === undefined ? undefined : describeTwice(twice, text)
}

function describeTwice({ key, offset }: DuplicateKey, text: string): string {
  return `the key ${key} is in one map twice (line ${linesOf(text).placeAt(offset).line})`
}

/** What is in lists, and in lists of lists. */
function objectsOf(value: unknown, place: string): ConversionInput[] {
  if (isIpamExport(value)) return ipamExportObjects(value, place)
  const items = itemsOf(value)
  if (items === undefined) return [{ place, value }]
  return items.flatMap((item, index) => objectsOf(item, `${place}, item ${index + 1}`))
}

function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isObject(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return undefined
  const { apiVersion, kind, items } = value
  if (items === undefined && !('metadata' in value)) return undefined
  if (items !== null && items !== undefined && !Array.isArray(items)) return undefined
  if (kind === 'List') return items ?? []
  // Items of a typed list may leave out what its name says.
  const itemKind = kind.slice(0, -'List'.length)
  return (items ?? []).map((item: unknown) => (isObject(item) ? { apiVersion, kind: itemKind, ...item } : item))
}
