import { isObject } from './schema/validate.ts'

/** What any finding says of an object, whoever looked at it: validation or conversion. */
export interface ObjectFinding {
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  /** Where in the object: `spec.ingress[0].action`. Empty for the object itself. */
  readonly path: string
  /** What is there; absent when nothing is. */
  readonly value?: unknown
  readonly message: string
}

/** What an object says that it is, whatever it is; nothing for lists, which are several. */
export function titleOf(value: unknown): Pick<ObjectFinding, 'kind' | 'namespace' | 'name'> {
  if (!isObject(value)) return {}
  const { kind, metadata } = value
  const { name, namespace } = isObject(metadata) ? metadata : {}
  const text = (key: string, one: unknown) => (typeof one === 'string' && one !== '' ? { [key]: one } : {})
  return { ...text('kind', kind), ...text('namespace', namespace), ...text('name', name) }
}
