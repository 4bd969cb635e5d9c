import { type Issue, validate } from '@manx/api'
import { CliError } from '../cli-error.ts'
import { allCliKinds, findKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind, CliObject } from '../kinds/cli-kind.ts'
import type { Document } from './read-documents.ts'

/** An object of the input that is right in itself. */
export interface Item {
  readonly place: string
  readonly kind: CliKind
  readonly object: CliObject
}

export interface CheckOptions {
  /** Only kind and name are needed: to delete or to look up. */
  readonly namesOnly: boolean
}

/** Checks all documents; throws once, with everything that is wrong with any of them. */
export function checkDocuments(documents: readonly Document[], { namesOnly }: CheckOptions): Item[] {
  const items: Item[] = []
  const faults: string[] = []
  for (const { place, value } of documents) {
    const kind = kindOf(value)
    if (typeof kind === 'string') {
      faults.push(`${place}:\n  ${kind}`)
      continue
    }
    const name = nameOf(value)
    const issues = issuesOf(kind, value, name, namesOnly)
    if (issues.length === 0) items.push({ place, kind, object: value as CliObject })
    else faults.push(`${place} (${kind.kind} ${name ?? 'without name'}):\n${issues.map(describe).join('\n')}`)
  }
  if (faults.length > 0) throw new CliError('Invalid', faults.join('\n'))
  return items
}

function issuesOf(kind: CliKind, value: unknown, name: string | undefined, namesOnly: boolean): readonly Issue[] {
  if (namesOnly) {
    return name === undefined ? [{ path: 'metadata.name', value: name, message: 'is required' }] : []
  }
  if (kind.definition === undefined) {
    return [{ path: 'kind', value: kind.kind, message: kind.readOnly ?? 'cannot be written' }]
  }
  return validate(kind.definition, value)
}

/** The kind, or what is wrong with it. */
function kindOf(value: unknown): CliKind | string {
  if (typeof value !== 'object' || value === null) return `must be an object with apiVersion, kind, metadata and spec`
  const name = 'kind' in value && typeof value.kind === 'string' ? value.kind : undefined
  const known = allCliKinds.map(({ kind }) => kind).join(', ')
  if (name === undefined) return `kind: is required; there are: ${known}`
  const kind = findKind(name)
  if (kind === undefined || kind.kind !== name) return `kind: must be one of ${known}, not "${name}"`
  const apiVersion = 'apiVersion' in value ? value.apiVersion : undefined
  if (apiVersion !== kind.apiVersion) {
    return `apiVersion: must be ${kind.apiVersion} for ${kind.kind}, not ${show(apiVersion)}`
  }
  return kind
}

function nameOf(value: unknown): string | undefined {
  const metadata = (value as { readonly metadata?: unknown }).metadata
  if (typeof metadata !== 'object' || metadata === null || !('name' in metadata)) return undefined
  return typeof metadata.name === 'string' && metadata.name !== '' ? metadata.name : undefined
}

function describe({ path, value, message }: Issue): string {
  return `  ${path === '' ? 'object' : path} ${message}, not ${show(value)}`
}

function show(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
