import type { KubernetesClient, ReadOptions, SelectOptions } from '../client/client.ts'
import type { Logger } from '../logger.ts'
import type { KubernetesObject } from '../metadata.ts'
import { describeResource, type Resource } from '../resource.ts'
import { validate } from '../validate.ts'
import { pause } from './backoff.ts'
import type { MalformedObject } from './malformed-object.ts'
import { type MalformedListener, runReflector } from './reflector.ts'
import { type SalvageOptions, salvage } from './salvage.ts'
import type { SharedContact } from './shared-contact.ts'
import { createStore, type Store } from './store.ts'

export interface InformerOptions<T, P> extends SelectOptions, ReadOptions<T> {
  readonly logger: Logger
  /**
   * Keeps what is needed of an object, so that memory stays small. A throw means that the object is malformed: it is
   * reported once and treated as missing until it changes. Default: the object without managedFields.
   */
  readonly project?: (object: T) => P
  /** Objects per page of the list; default 500. */
  readonly pageSize?: number
  /**
   * For configuration that must not vanish for one wrong field: of a malformed object of our own kinds, what is right is shown,
   * with the last valid value of each other field, else its default. Such an object is reported all the same.
   */
  readonly salvage?: {
    /** The spec that a projection was made from; undefined for those of `fallback`. */
    readonly specOf: (shown: P) => object | undefined
    /** The spec that was in force before this process began, for an object of which it has no valid spec. Must be valid. */
    readonly before?: (object: MalformedObject) => object | undefined
    /** Fields that may fall back to their default. For others without a valid value, the object is treated as missing. */
    readonly defaults: SalvageOptions['defaults']
    /** The last valid spec stays as a whole, and nothing when there is none. Default false. */
    readonly asWhole?: boolean
  }
  /**
   * For those who must know that a malformed object is there, though nothing of it may be in force: what to show of it when
   * nothing was salvaged. Its metadata is right, and the rest may be anything. Must not throw. Default: nothing, as if it were
   * missing.
   */
  readonly fallback?: (malformed: MalformedObject, message: string) => P
  /** For those who report malformed objects to more than the log. */
  readonly onMalformed?: MalformedListener<T>
  /** Shared by the informers of a process, so that none waits for long once another one has reached the API server again. */
  readonly contact?: SharedContact
}

/** A store kept up to date from the API server. */
export interface Informer<P> {
  readonly resource: Resource<unknown>
  /** Lists and watches until the signal; survives every failure of the API server. Resolves after the signal. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when the store has been complete once. */
  readonly synced: Promise<void>
  readonly hasSynced: boolean
  /** Milliseconds since the epoch of the last proof that the store is up to date; undefined before the first. */
  readonly lastContact: number | undefined
  /**
   * Milliseconds of `performance.now()` of the last sign of life of the loop itself: an answer, or a try to get one. It is
   * never older than a few minutes, whatever the API server does, unless the loop hangs. Undefined before `run`.
   */
  readonly lastProgress: number | undefined
  /**
   * Milliseconds since the epoch since when changes may have been missed, because the API server is away, refuses, or has
   * forgotten what the watch is to begin with; undefined while all is followed.
   */
  readonly behindSince: number | undefined
  /** Resolves when all is followed, or with the signal; has the next try made soon. */
  caughtUp(signal: AbortSignal): Promise<void>
  readonly store: Store<P>
}

/** Milliseconds between two tries that somebody is in a hurry for. */
const shortestWait = 1000

/**
 * Makes an informer; nothing happens before `run`. Objects of our own kinds are validated (see `validate`): a bad one is
 * named in the log with field, value and what is allowed, then treated as missing, and never stops the others.
 */
export function createInformer<T extends KubernetesObject, P = T>(
  client: KubernetesClient,
  resource: Resource<T>,
  options: InformerOptions<T, P>,
): Informer<P> {
  const { logger } = options
  const name = describeResource(resource)
  const project = checkedProjection(resource, options.project)
  const store = createStore<P>((error, key) => logger.error(`A listener for ${name} failed on ${key}`, { error }))
  const synced = Promise.withResolvers<void>()
  let hasSynced = false
  let lastContact: number | undefined
  let behindSince: number | undefined
  let followed = Promise.withResolvers<void>()
  let hurrying = new AbortController()
  let hurriedAt = Number.NEGATIVE_INFINITY
  let lastProgress: number | undefined
  return {
    resource,
    store,
    synced: synced.promise,
    get hasSynced() {
      return hasSynced
    },
    get lastContact() {
      return lastContact
    },
    get lastProgress() {
      return lastProgress
    },
    get behindSince() {
      return behindSince
    },
    caughtUp: async (signal) => {
      while (behindSince !== undefined && !signal.aborted) {
        const wait = hurriedAt + shortestWait - performance.now()
        if (wait <= 0) {
          hurriedAt = performance.now()
          hurrying.abort()
          hurrying = new AbortController()
        }
        await untilEither(followed.promise, Math.max(wait, shortestWait), signal)
      }
    },
    run: (signal) =>
      runReflector(client, resource, {
        ...options,
        project,
        salvage: (object, last) => salvaged(resource, options, object, last).map(project)[0],
        store,
        signal,
        onContact: () => {
          lastContact = Date.now()
        },
        onProgress: () => {
          lastProgress = performance.now()
        },
        onBehind: () => {
          behindSince = Date.now()
          followed = Promise.withResolvers()
        },
        onCaughtUp: () => {
          behindSince = undefined
          followed.resolve()
        },
        hurried: () => hurrying.signal,
        onSynced: () => {
          hasSynced = true
          synced.resolve()
        },
      }),
  }
}

/** Waits for the promise, but no longer than so many milliseconds, nor than the signal. */
async function untilEither(promise: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  await Promise.race([promise, pause(milliseconds, AbortSignal.any([signal, over.signal]))])
  over.abort()
}

function checkedProjection<T extends KubernetesObject, P>(
  resource: Resource<T>,
  project: ((object: T) => P) | undefined,
): (object: T) => P {
  const { definition } = resource
  return (object) => {
    if (definition !== undefined) {
      const issues = validate(definition, object, { unknownFields: 'ignore' })
      if (issues.length > 0) throw new Malformed(issues)
    }
    // Without a projection the caller's P is T: `createInformer` has no other way to choose it.
    return project === undefined ? (withoutManagedFields(object) as unknown as P) : project(object)
  }
}

/** At most one object: what is left of a malformed one. */
function salvaged<T extends KubernetesObject, P>(
  { definition }: Resource<T>,
  { salvage: how }: InformerOptions<T, P>,
  object: T,
  last: P | undefined,
): readonly T[] {
  if (definition === undefined || how === undefined) return []
  const { specOf, before, ...rest } = how
  const known = last === undefined ? undefined : specOf(last)
  const found = salvage(definition, object, { last: known ?? before?.(object), ...rest })
  return found === undefined ? [] : [found]
}

class Malformed extends Error {
  override readonly name = 'Malformed'

  constructor(issues: ReturnType<typeof validate>) {
    super(issues.map(({ path, value, message }) => `${path} ${message} (is ${JSON.stringify(value)})`).join('; '))
  }
}

function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
