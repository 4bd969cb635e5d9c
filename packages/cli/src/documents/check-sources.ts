import {
  type ClusterView,
  type Finding,
  type FindingCode,
  isObject,
  type ReadDocuments,
  type SourceText,
  type ValidatedDocument,
  validateDocuments,
} from '@manx/api'
import { CliError } from '../cli-error.ts'
import { findKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind, CliObject } from '../kinds/cli-kind.ts'
import { formatFindings } from '../output/format-findings.ts'

/** An object of the input that is right in itself. */
export interface Item {
  readonly place: string
  readonly kind: CliKind
  readonly object: CliObject
}

export interface CheckSourcesOptions {
  /** Only kind and name are needed: to delete or to look up. */
  readonly namesOnly: boolean
  /** Where objects go that do not say it. */
  readonly namespace: string
  /** A file without resources is no error. */
  readonly skipEmpty: boolean
  readonly cluster?: ClusterView
}

export interface CheckedSources {
  readonly items: readonly Item[]
  /** What may be meant so, as text; empty when there is nothing. */
  readonly warnings: string
}

/** Texts, and what is in them. */
export interface ReadInput {
  readonly sources: readonly SourceText[]
  readonly read: ReadDocuments
}

/** Checks all documents; throws once, with everything that is wrong with any of them. */
export function checkSources({ sources, read }: ReadInput, options: CheckSourcesOptions): CheckedSources {
  const { namesOnly, namespace, skipEmpty, cluster } = options
  const validated = validateDocuments(read, { namespace, ...(cluster === undefined ? {} : { cluster }) })
  const findings = validated.findings
    .filter(({ code }) => !namesOnly || needed.has(code))
    // For others to write it is right.
    .map((one): Finding => (one.code === 'InexactNumber' ? { ...one, severity: 'error' } : one))
  const items: Item[] = []
  for (const document of validated.documents) {
    const item = itemOf(document, namespace)
    if ('kind' in item) items.push(item)
    else if (!document.wrong || namesOnly) findings.push(...item.findings)
  }
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new CliError('Invalid', formatFindings(findings, sources))
  if (!skipEmpty) requireResources(sources, validated.documents)
  return { items, warnings: findings.length === 0 ? '' : formatFindings(findings, sources) }
}

/** Without these, kind and name are not known. */
const needed: ReadonlySet<FindingCode> = new Set([
  'Syntax',
  'DuplicateKey',
  'NoObject',
  'UnknownKind',
  'UnknownApiVersion',
  'ForeignFormat',
])

export function requireResources(sources: readonly SourceText[], documents: readonly ValidatedDocument[]): void {
  const full = new Set(documents.map(({ source }) => source.file))
  const empty = sources.find(({ file }) => !full.has(file))
  if (empty !== undefined) throw new CliError('Input', `there are no resources in ${empty.file}`)
}

function itemOf(document: ValidatedDocument, namespace: string): Item | { readonly findings: readonly Finding[] } {
  const { source, recognized } = document
  const place = `${source.file}, document ${source.document}${source.item === undefined ? '' : `, item ${source.item}`}`
  if (recognized.type === 'wrong' && recognized.severity === 'error') return { findings: [] }
  const fault = (path: string, value: unknown, message: string): { readonly findings: readonly Finding[] } => {
    const { document: number, item } = source
    const secret = source.secret ? { secret: true as const } : {}
    const about = { document: number, ...(item === undefined ? {} : { item }), path, value, message, ...secret }
    return { findings: [{ ...source.placeOf(path, 'value'), severity: 'error', code: 'UnknownKind', ...about }] }
  }
  const object = (isObject(source.value) ? source.value : {}) as unknown as CliObject
  const kind = recognized.type === 'checked' ? findKind(recognized.kind.kind) : undefined
  if (kind === undefined || recognized.type !== 'checked' || kind.definition !== recognized.kind) {
    return fault('kind', object.kind, `of ${object.apiVersion} is not for manxctl: kubectl apply -f`)
  }
  const { metadata } = object
  if (!isObject(metadata) || typeof metadata.name !== 'string' || metadata.name === '') {
    return fault('metadata.name', undefined, 'is required')
  }
  if (!kind.resource.namespaced) return { place, kind, object }
  const own = metadata.namespace ?? ''
  return { place, kind, object: { ...object, metadata: { ...metadata, namespace: own === '' ? namespace : own } } }
}
