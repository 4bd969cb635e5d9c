import type { Resource } from '../resource.ts'
import { ApiError } from './api-error.ts'
import type { ObjectRef, SelectOptions, WriteOptions } from './client.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** The path of all objects of a resource, or those of one namespace. */
export function collectionPath(resource: Resource<unknown>, namespace: string | undefined, query: Query = {}): string {
  const { group, version, plural, namespaced } = resource
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const within = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${within}/${plural}${queryText(query)}`
}

/** The path of one object. */
export function objectPath(
  resource: Resource<unknown>,
  ref: ObjectRef,
  query: Query = {},
  subresource?: string,
): string {
  const { name, namespace } = partsOf(resource, ref)
  const below = subresource === undefined ? '' : `/${subresource}`
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}${below}${queryText(query)}`
}

/** For messages: `namespace/name` or `name`. */
export function refText(ref: ObjectRef): string {
  if (typeof ref === 'string') return ref
  return ref.namespace === undefined || ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`
}

export function selectQuery({ labelSelector, fieldSelector }: SelectOptions): Query {
  return { labelSelector, fieldSelector }
}

export function writeQuery({ fieldManager, dryRun, fieldValidation }: WriteOptions): Query {
  return { fieldManager: fieldManager ?? 'manx', dryRun: dryRun === true ? 'All' : undefined, fieldValidation }
}

function partsOf(resource: Resource<unknown>, ref: ObjectRef): { readonly name: string; readonly namespace?: string } {
  const slash = typeof ref === 'string' ? ref.indexOf('/') : -1
  const parts =
    typeof ref !== 'string'
      ? ref
      : slash < 0
        ? { name: ref }
        : { namespace: ref.slice(0, slash), name: ref.slice(slash + 1) }
  const lacksNamespace = resource.namespaced && (parts.namespace ?? '') === ''
  // An empty name would address the whole collection.
  if (parts.name !== '' && !lacksNamespace) return parts
  const wanted = resource.namespaced ? 'namespace/name' : 'name'
  throw new ApiError('Invalid', `${resource.kind} "${refText(ref)}" must be given as ${wanted}`)
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}
