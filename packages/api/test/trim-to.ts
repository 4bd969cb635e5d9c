import type { Message } from '../src/index.ts'

/** What is left of an object when it is read by a message: the fields that the message has. */
export function trimTo<T extends object>(object: T, message: Message<T>): T {
  const trimmed = trim(object, message)
  const { apiVersion, kind } = object as { readonly apiVersion?: string; readonly kind?: string }
  return { ...(trimmed as T), apiVersion, kind }
}

function trim(value: unknown, type: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => trim(item, type))
  const fields = fieldsOf(type)
  if (fields === undefined || typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const field = fields[name]
    return field === undefined ? [] : [[name, trim(inner, field[1])]]
  })
  return Object.fromEntries(kept)
}

function fieldsOf(type: unknown): Message<unknown>['fields'] | undefined {
  if (typeof type !== 'object' || type === null) return undefined
  if ('fields' in type) return (type as Message<unknown>).fields
  return 'item' in type ? fieldsOf(type.item) : undefined
}
