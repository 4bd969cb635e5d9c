import type { ObjectMeta } from '../metadata.ts'
import type { Message } from '../protobuf/message.ts'
import type { Resource } from '../resource.ts'

/** An object by name: `name`, `namespace/name`, or the parts. */
export type ObjectRef = string | { readonly name: string; readonly namespace?: string }

export interface RequestOptions {
  readonly signal?: AbortSignal
  /** Milliseconds for the whole request with its retries; default 30,000. */
  readonly timeout?: number
}

export interface WriteOptions extends RequestOptions {
  /** Who owns the written fields; default `manx`. */
  readonly fieldManager?: string
  /** Check and admit, but do not store. */
  readonly dryRun?: boolean
  /** What the API server does with fields that the schema lacks; default Strict for apply, else Warn. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string
  /** Take fields over from other managers instead of failing with Conflict. */
  readonly force?: boolean
  readonly subresource?: 'status'
}

export interface PatchOptions extends WriteOptions {
  /** `merge` (RFC 7396, default), `json` (RFC 6902) or `strategic` (Kubernetes' own kinds only). */
  readonly type?: 'merge' | 'json' | 'strategic'
  readonly subresource?: 'status' | (string & {})
}

export interface DeleteOptions extends RequestOptions {
  /** Delete this very object, not a newer one of the same name; else Conflict. */
  readonly uid?: string
  /** Delete only if nobody wrote since; else Conflict. */
  readonly resourceVersion?: string
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
}

export interface SelectOptions {
  /** Only this namespace; all when absent. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface ReadOptions<T> {
  /**
   * Asks for the API server's binary encoding and reads no more of each object than this message has, which takes far less time and
   * memory. What the server has in JSON alone is read whole.
   */
  readonly message?: Message<T>
}

export interface ListOptions<T = never> extends SelectOptions, RequestOptions, ReadOptions<T> {
  /** Objects per page; default 500. */
  readonly limit?: number
  /** '0' allows an answer from the API server's cache. */
  readonly resourceVersion?: string
}

export interface ListPage<T> {
  readonly items: readonly T[]
  /** Where a watch of what was listed begins. */
  readonly resourceVersion: string
  /** True when the list had to begin anew, because the server forgot it: all pages before are void. */
  readonly restarted: boolean
}

export interface List<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
}

export interface WatchOptions<T = never> extends SelectOptions, ReadOptions<T> {
  /** Events after this version; from `ListPage` or the event seen last. */
  readonly resourceVersion: string
  readonly signal?: AbortSignal
  /** Seconds after which the server ends the watch; default 5 to 10 minutes at random. */
  readonly timeoutSeconds?: number
  /** Milliseconds without a byte (the server sends a bookmark each minute) after which the watch fails; default 150,000. */
  readonly idleTimeout?: number
  /** Called when the server has accepted the watch; the first event may be a long way off. */
  readonly onOpen?: () => void
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** What server-side apply takes: the fields that the manager wants, and the name. */
export type Applied<T> = {
  readonly [K in Exclude<keyof T, 'metadata' | 'apiVersion' | 'kind'>]?: DeepPartial<T[K]>
} & { readonly metadata: Partial<ObjectMeta> & { readonly name: string } }

/** An object to create: the server adds the rest of the metadata, the client apiVersion and kind. */
export type New<T> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & {
  readonly metadata: Omit<ObjectMeta, 'name'> & ({ readonly name: string } | { readonly generateName: string })
}

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T

/**
 * The Kubernetes API, typed by resource. All calls fail with `ApiError`, or with the signal's reason. Answers of 429 and
 * 503 are tried again within the timeout; nothing else is, because only the caller knows what a repetition would mean.
 */
export interface KubernetesClient {
  get<T>(resource: Resource<T>, ref: ObjectRef, options?: RequestOptions): Promise<T>
  /** Everything at once. Prefer `listPages` where there can be many. */
  list<T>(resource: Resource<T>, options?: ListOptions<T>): Promise<List<T>>
  listPages<T>(resource: Resource<T>, options?: ListOptions<T>): AsyncIterable<ListPage<T>>
  create<T>(resource: Resource<T>, object: New<T>, options?: WriteOptions): Promise<T>
  /** Compare-and-swap on metadata.resourceVersion, which must be there: code Conflict when somebody wrote meanwhile. */
  update<T>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>
  /** As `update`, for the status alone. */
  updateStatus<T>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>
  /** Server-side apply. Code Conflict when another manager owns a field and `force` is not set. */
  apply<T>(resource: Resource<T>, object: Applied<T>, options: ApplyOptions): Promise<T>
  patch<T>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options?: PatchOptions): Promise<T>
  patchStatus<T>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options?: PatchOptions): Promise<T>
  delete<T>(resource: Resource<T>, ref: ObjectRef, options?: DeleteOptions): Promise<void>
  /** Ends without error when the server ends the watch; fails with code Gone when `resourceVersion` is too old. */
  watch<T>(resource: Resource<T>, options: WatchOptions<T>): AsyncIterable<WatchEvent<T>>
  /** Reads JSON (or text) from any path: `/version`, `/readyz`, `/apis`. */
  read(path: string, options?: RequestOptions): Promise<unknown>
  /** The API server, for messages: `https://10.0.0.1:6443`. */
  readonly server: string
  /** Closes the connections; running requests fail. */
  close(): Promise<void>
}
