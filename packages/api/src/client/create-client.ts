import { apiVersionOf } from '../kind.ts'
import type { KubernetesObject, ObjectMeta } from '../metadata.ts'
import { protobufType } from '../protobuf/envelope.ts'
import type { Resource } from '../resource.ts'
import { ApiError, isApiError } from './api-error.ts'
import { type Action, codeOf, failureOfTransport } from './api-failure.ts'
import type {
  KubernetesClient,
  ListOptions,
  ListPage,
  ObjectRef,
  PatchOptions,
  ReadOptions,
  RequestOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { type ExchangeRequest, exchange, isProtobuf, openStream } from './exchange.ts'
import { collectionPath, objectPath, refText, selectQuery, writeQuery } from './paths.ts'
import { type ListAnswer, readList } from './read-list.ts'
import { createTransport, type Transport } from './transport.ts'
import { watchEventsOf } from './watch-stream.ts'

export interface ClientOptions extends ConnectionOptions {
  /** Default `manx`. */
  readonly userAgent?: string
  /** Requests at once; more wait. Default 32. Watches are not counted. */
  readonly maxConcurrency?: number
}

/** A client for the cluster that the kubeconfig, or the pod's service account, speaks of. Close it after use. */
export async function createClient(options: ClientOptions = {}): Promise<KubernetesClient> {
  const connection = await connect(options)
  const { userAgent = 'manx', maxConcurrency = 32 } = options
  return new HttpClient(connection, createTransport(connection, { userAgent, connections: maxConcurrency }))
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

class HttpClient implements KubernetesClient {
  readonly #connection: Connection
  readonly #transport: Transport

  constructor(connection: Connection, transport: Transport) {
    this.#connection = connection
    this.#transport = transport
  }

  get server(): string {
    return this.#connection.server
  }

  get<T>(resource: Resource<T>, ref: ObjectRef, options: RequestOptions = {}): Promise<T> {
    return this.#exchange({ verb: 'get', resource, target: refText(ref) }, options, {
      method: 'GET',
      path: objectPath(resource, ref),
    })
  }

  async list<T>(resource: Resource<T>, options: ListOptions<T> = {}): Promise<{ items: T[]; resourceVersion: string }> {
    let items: T[] = []
    let resourceVersion = ''
    for await (const page of this.listPages(resource, options)) {
      if (page.restarted) items = []
      for (const item of page.items) items.push(item)
      resourceVersion = page.resourceVersion
    }
    return { items, resourceVersion }
  }

  async *listPages<T>(resource: Resource<T>, options: ListOptions<T> = {}): AsyncGenerator<ListPage<T>> {
    let next: string | undefined
    let restarts = 0
    let restarted = false
    do {
      const limit = restarts > 1 ? undefined : (options.limit ?? 500)
      try {
        const page = await this.#listPage(resource, options, { limit, continue: next })
        yield { items: page.items, resourceVersion: page.resourceVersion, restarted }
        next = page.next
        restarted = false
      } catch (error) {
        // Paging took longer than the server keeps its past: begin anew, the last time in one piece.
        if (!isApiError(error, 'Gone') || next === undefined || restarts > 1) throw error
        restarts++
        restarted = true
        next = ''
      }
    } while (next !== undefined)
  }

  create<T>(resource: Resource<T>, object: object, options: WriteOptions = {}): Promise<T> {
    const { metadata } = object as { readonly metadata: Partial<ObjectMeta> }
    const { name = `${metadata.generateName}…`, namespace } = metadata
    const target = refText({ name, ...(namespace === undefined ? {} : { namespace }) })
    return this.#exchange({ verb: 'create', resource, target }, options, {
      method: 'POST',
      path: collectionPath(resource, metadata.namespace, writeQuery(options)),
      contentType: 'application/json',
      body: bodyOf(resource, object),
    })
  }

  update<T>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#replace('update', resource, object, options)
  }

  updateStatus<T>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#replace('update the status of', resource, object, options, 'status')
  }

  apply<T>(
    resource: Resource<T>,
    object: { readonly metadata: { readonly name: string; readonly namespace?: string } },
    options: Parameters<KubernetesClient['apply']>[2],
  ): Promise<T> {
    const { force = false, subresource, fieldValidation = 'Strict' } = options
    const query = { ...writeQuery({ ...options, fieldValidation }), force }
    return this.#exchange({ verb: 'apply', resource, target: refText(object.metadata) }, options, {
      method: 'PATCH',
      path: objectPath(resource, object.metadata, query, subresource),
      contentType: 'application/apply-patch+yaml',
      body: bodyOf(resource, object),
    })
  }

  patch<T>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options: PatchOptions = {}): Promise<T> {
    const { type = 'merge', subresource } = options
    const verb = subresource === undefined ? 'patch' : `patch the ${subresource} of`
    return this.#exchange({ verb, resource, target: refText(ref) }, options, {
      method: 'PATCH',
      path: objectPath(resource, ref, writeQuery(options), subresource),
      contentType: patchTypes[type],
      body: JSON.stringify(patch),
    })
  }

  patchStatus<T>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options: PatchOptions = {}): Promise<T> {
    return this.patch(resource, ref, patch, { ...options, subresource: 'status' })
  }

  async delete<T>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: Parameters<KubernetesClient['delete']>[2] = {},
  ): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion }
    await this.#exchange({ verb: 'delete', resource, target: refText(ref) }, options, {
      method: 'DELETE',
      path: objectPath(resource, ref),
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions,
        gracePeriodSeconds,
        propagationPolicy,
      }),
    })
  }

  async *watch<T>(resource: Resource<T>, options: WatchOptions<T>): AsyncGenerator<WatchEvent<T>> {
    const { namespace, resourceVersion, idleTimeout = 150_000 } = options
    const action: Action = { verb: 'watch', resource }
    // Ends the connection also when the caller leaves the loop.
    const controller = new AbortController()
    const onAbort = () => controller.abort(options.signal?.reason)
    if (options.signal?.aborted === true) onAbort()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const { body, headers } = await openStream(this.#connection, this.#transport, {
        action,
        method: 'GET',
        signal: controller.signal,
        idleTimeout,
        path: collectionPath(resource, namespace, {
          ...selectQuery(options),
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion,
          // At random, so that watches that began together do not end together.
          timeoutSeconds: options.timeoutSeconds ?? 300 + Math.floor(Math.random() * 300),
        }),
        ...acceptOf(options),
      })
      options.onOpen?.()
      yield* watchEventsOf(body, action, isProtobuf(headers) ? options.message : undefined)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof ApiError) throw error
      const silent = codeOf(error) === 'UND_ERR_BODY_TIMEOUT'
      throw silent
        ? new ApiError('Timeout', `Cannot watch ${resource.plural}: nothing heard for ${idleTimeout} ms`)
        : failureOfTransport(action, this.server, error)
    } finally {
      options.signal?.removeEventListener('abort', onAbort)
      controller.abort()
    }
  }

  read(path: string, options: RequestOptions = {}): Promise<unknown> {
    return this.#exchange({ verb: 'read', target: path }, options, { method: 'GET', path })
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  #replace<T>(verb: string, resource: Resource<T>, object: T, options: WriteOptions, subresource?: string): Promise<T> {
    const { metadata } = object as KubernetesObject
    const target = refText(metadata)
    if (metadata.resourceVersion === undefined) {
      // The server would overwrite whatever is there.
      throw new ApiError('Invalid', `Cannot ${verb} ${resource.plural} ${target}: metadata.resourceVersion is required`)
    }
    return this.#exchange({ verb, resource, target }, options, {
      method: 'PUT',
      path: objectPath(resource, metadata, writeQuery(options), subresource),
      contentType: 'application/json',
      body: bodyOf(resource, object as object),
    })
  }

  async #listPage<T>(
    resource: Resource<T>,
    options: ListOptions<T>,
    page: { readonly limit: number | undefined; readonly continue: string | undefined },
  ): Promise<ListAnswer<T>> {
    const query = { ...selectQuery(options), limit: page.limit, continue: page.continue || undefined }
    // A later page belongs to the version of the first one.
    const version = query.continue === undefined ? options.resourceVersion : undefined
    const action: Action = { verb: 'list', resource }
    const answer = await this.#exchange<unknown>(action, options, {
      method: 'GET',
      path: collectionPath(resource, options.namespace, { ...query, resourceVersion: version }),
      ...acceptOf(options),
    })
    return readList(answer, resource, options.message)
  }

  async #exchange<T>(
    action: Action,
    { signal, timeout = 30_000 }: RequestOptions,
    request: Omit<ExchangeRequest, 'action' | 'timeout' | 'signal'>,
  ): Promise<T> {
    const answer = await exchange(this.#connection, this.#transport, { ...request, action, signal, timeout })
    return answer as T
  }
}

/** JSON too, which the server takes for kinds that have no binary form. */
function acceptOf({ message }: ReadOptions<unknown>): { readonly accept?: string } {
  return message === undefined ? {} : { accept: `${protobufType}, application/json` }
}

function bodyOf(resource: Resource<unknown>, object: object): string {
  return JSON.stringify({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind })
}
