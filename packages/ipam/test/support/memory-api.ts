import { setImmediate as turn } from 'node:timers/promises'
import { ApiError, type KubernetesObject, type New, type ObjectRef, type Resource } from '@manx/api'
import type { IpamClient } from '../../src/datastore/object-store.ts'

export interface MemoryApiOptions {
  /** Called before and after each request takes effect; a throw is a request or an answer that got lost. */
  readonly fault?: (when: 'before' | 'after', request: string) => void
}

/**
 * A model of the API server's storage, for simulations with many interleavings: versions, compare-and-swap,
 * preconditions and label selectors as they really are. The datastore layer itself is tested against a real one.
 */
export class MemoryApi implements IpamClient {
  readonly objects = new Map<string, KubernetesObject>()
  readonly #fault: NonNullable<MemoryApiOptions['fault']>
  #version = 0
  writes = 0

  constructor({ fault = () => undefined }: MemoryApiOptions = {}) {
    this.#fault = fault
  }

  async get<T>(resource: Resource<T>, ref: ObjectRef): Promise<T> {
    return this.#request(`get ${keyOf(resource, ref)}`, () => this.#find(keyOf(resource, ref)) as T)
  }

  async list<T>(resource: Resource<T>, options: { readonly labelSelector?: string } = {}) {
    return this.#request(`list ${resource.plural}`, () => {
      const wanted = (options.labelSelector ?? '').split(',').filter((term) => term !== '')
      const items = [...this.objects]
        .filter(([key]) => key.startsWith(`${resource.plural}/`))
        .map(([, object]) => object)
        .filter(({ metadata }) =>
          wanted.every((term) => metadata.labels?.[term.split('=')[0] ?? ''] === term.split('=')[1]),
        )
      return { items: structuredClone(items) as T[], resourceVersion: String(this.#version) }
    })
  }

  async *listPages<T>(resource: Resource<T>) {
    yield { ...(await this.list(resource)), restarted: false }
  }

  async create<T>(resource: Resource<T>, object: New<T>): Promise<T> {
    const key = keyOf(resource, (object.metadata as { name: string }).name)
    return this.#request(`create ${key}`, () => {
      if (this.objects.has(key)) throw new ApiError('AlreadyExists', key, { status: 409 })
      return this.#store(key, {
        apiVersion: 'x',
        kind: resource.kind,
        ...clone(object),
      } as unknown as KubernetesObject) as T
    })
  }

  async update<T>(resource: Resource<T>, object: T): Promise<T> {
    const { metadata } = object as KubernetesObject
    const key = keyOf(resource, metadata.name)
    return this.#request(`update ${key}`, () => {
      const stored = this.#find(key)
      if (stored.metadata.resourceVersion !== metadata.resourceVersion) throw conflict(key)
      return this.#store(key, clone(object) as KubernetesObject) as T
    })
  }

  async delete<T>(
    resource: Resource<T>,
    ref: ObjectRef,
    { uid, resourceVersion }: { readonly uid?: string; readonly resourceVersion?: string } = {},
  ): Promise<void> {
    const key = keyOf(resource, ref)
    return this.#request(`delete ${key}`, () => {
      const { metadata } = this.#find(key)
      if (uid !== undefined && uid !== metadata.uid) throw conflict(key)
      if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) throw conflict(key)
      this.objects.delete(key)
      this.writes++
    })
  }

  /** What the store holds of a kind now. */
  all<T>(resource: Resource<T>): T[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${resource.plural}/`)).map(([, object]) => object as T)
  }

  async #request<T>(request: string, effect: () => T): Promise<T> {
    await wander()
    this.#fault('before', request)
    const result = effect()
    await wander()
    this.#fault('after', request)
    return result
  }

  #find(key: string): KubernetesObject {
    const object = this.objects.get(key)
    if (object === undefined) throw new ApiError('NotFound', key, { status: 404 })
    return structuredClone(object)
  }

  #store(key: string, object: KubernetesObject): KubernetesObject {
    const resourceVersion = String(++this.#version)
    const uid = this.objects.get(key)?.metadata.uid ?? `uid-${resourceVersion}`
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion } }
    this.objects.set(key, stored)
    this.writes++
    return structuredClone(stored)
  }
}

const conflict = (key: string) => new ApiError('Conflict', key, { status: 409 })
// Through JSON as on the wire, where numbers beyond 2^53 are written digit by digit.
const clone = <T>(object: T): T => JSON.parse(JSON.stringify(object)) as T

const keyOf = (resource: Resource<unknown>, ref: ObjectRef): string =>
  `${resource.plural}/${typeof ref === 'string' ? ref : ref.name}`

async function wander(): Promise<void> {
  for (let turns = Math.floor(Math.random() * 4); turns > 0; turns--) await turn()
}
