import {
  ApiError,
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  type KubernetesObject,
  type New,
  type Resource,
} from '@manx/api'

/** What all IPAM objects have: a mark that they are about to go. */
export interface Deletable extends KubernetesObject {
  readonly spec: { readonly deleted?: boolean }
}

/** The part of the Kubernetes client that IPAM uses. */
export type IpamClient = Pick<KubernetesClient, 'get' | 'list' | 'listPages' | 'create' | 'update' | 'delete'>

/**
 * One kind of IPAM objects. Deleting takes two steps, the mark by compare-and-swap and then the deletion of that very
 * version, so that nobody's change is lost; whoever meets a marked object finishes its deletion and takes it for gone.
 */
export class ObjectStore<T extends Deletable> {
  readonly #client: IpamClient
  readonly #resource: Resource<T>

  constructor(client: IpamClient, resource: Resource<T>) {
    this.#client = client
    this.#resource = resource
  }

  async get(name: string, signal?: AbortSignal): Promise<T | undefined> {
    const object = await ignoreNotFound(this.#client.get(this.#resource, name, options(signal)))
    if (object?.spec.deleted !== true) return object
    await this.#finishDelete(object, signal)
    return undefined
  }

  /** Without those that are marked as deleted. */
  async list(select: { readonly labelSelector?: string }, signal?: AbortSignal): Promise<readonly T[]> {
    const { items } = await this.#client.list(this.#resource, { ...select, ...options(signal) })
    return items.filter(({ spec }) => spec.deleted !== true)
  }

  /** Fails with `AlreadyExists`; then `get` says whether the other one is about to go. */
  create(object: New<T>, signal?: AbortSignal): Promise<T> {
    return this.#client.create(this.#resource, object, options(signal))
  }

  /** Compare-and-swap: fails with `Conflict` when somebody wrote since the object was read. */
  async update(object: T, signal?: AbortSignal): Promise<T> {
    try {
      return await this.#client.update(this.#resource, object, options(signal))
    } catch (error) {
      throw asConflict(error)
    }
  }

  /** Deletes the object if nobody wrote since it was read, else fails with `Conflict`. */
  async remove(object: T, signal?: AbortSignal): Promise<void> {
    await this.#finishDelete(await this.update({ ...object, spec: { ...object.spec, deleted: true } }, signal), signal)
  }

  async #finishDelete(object: T, signal?: AbortSignal): Promise<void> {
    const { name, uid, resourceVersion } = object.metadata
    const precondition = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }
    try {
      await this.#client.delete(this.#resource, name, { ...precondition, ...options(signal) })
    } catch (error) {
      // Another reader finished it, and perhaps somebody made a new one.
      if (!isApiError(error, 'NotFound', 'Conflict')) throw error
    }
  }
}

/** An object that vanished between read and write was changed by somebody, as any other. */
function asConflict(error: unknown): unknown {
  if (!isApiError(error, 'NotFound')) return error
  return new ApiError('Conflict', `${error.message}: deleted meanwhile`, { status: error.status, cause: error })
}

const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })
