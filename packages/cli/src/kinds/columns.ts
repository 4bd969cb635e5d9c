import type { CliObject, Column } from './cli-kind.ts'

/** The value at a path of the object, as calicoctl writes values in tables; empty when absent. */
export function field(title: string, path: string, fallback = ''): Column {
  return { title, value: (object) => text(valueAt(object, path), fallback) }
}

export const nameColumn: Column = { title: 'NAME', value: ({ metadata }) => metadata.name }

/** Of tables over all namespaces, the first. */
export const namespaceColumn: Column = { title: 'NAMESPACE', value: ({ metadata }) => metadata.namespace ?? '' }

export function valueAt(object: CliObject, path: string): unknown {
  let value: unknown = object
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

function text(value: unknown, fallback: string): string {
  if (value === undefined || value === null || value === '') return fallback
  if (Array.isArray(value)) return value.map((item) => text(item, '')).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
