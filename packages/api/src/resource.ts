import type { AnyKind, ObjectOf } from './kind.ts'

/** Where the API server has objects of type T. */
export interface Resource<T> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** What our own kinds are made of; readers validate by it. */
  readonly definition?: AnyKind
  /** Never there at run time. */
  readonly objectType?: T
}

const resources = new WeakMap<AnyKind, Resource<unknown>>()

/** The resource of one of our kinds; always the same value for the same kind. */
export function resourceOf<K extends AnyKind>(kind: K): Resource<ObjectOf<K>> {
  let resource = resources.get(kind)
  if (resource === undefined) {
    const { group, version, plural } = kind
    const namespaced = kind.scope === 'Namespaced'
    resource = { group, version, plural, kind: kind.kind, namespaced, definition: kind }
    resources.set(kind, resource)
  }
  return resource as Resource<ObjectOf<K>>
}

/** `ippools.projectcalico.org`, for messages. */
export function describeResource(resource: Resource<unknown>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}
