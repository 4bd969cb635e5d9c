import { isDeepStrictEqual } from 'node:util'
import { isApiError } from '../client/api-error.ts'
import type { KubernetesClient, ReadOptions, SelectOptions, WatchEvent } from '../client/client.ts'
import { definedOnly } from '../defined-only.ts'
import type { Logger } from '../logger.ts'
import { messageOf } from '../message-of.ts'
import { type KubernetesObject, keyOf } from '../metadata.ts'
import type { Message } from '../protobuf/message.ts'
import { describeResource, type Resource } from '../resource.ts'
import { type Backoff, createBackoff, pause } from './backoff.ts'
import type { SharedContact } from './shared-contact.ts'
import type { WritableStore } from './store.ts'

export interface ReflectorOptions<T, P> extends SelectOptions, ReadOptions<T> {
  readonly project: (object: T) => P
  readonly store: WritableStore<P>
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly pageSize?: number
  /** The API server has just confirmed what the store holds. */
  readonly onContact: () => void
  /** Changes may be missed from now on, until `onCaughtUp`. */
  readonly onBehind: () => void
  readonly onCaughtUp: () => void
  /** Ends the wait for the next try: somebody wants to know. */
  readonly hurried: () => AbortSignal
  /** The loop is alive: it begins another try, or the API server has answered it. */
  readonly onProgress?: () => void
  /** The store is complete for the first time. */
  readonly onSynced: () => void
  readonly onMalformed?: MalformedListener<T>
  /** What to show of a malformed object, of which `last` was shown until now; default nothing. */
  readonly salvage?: (object: T, last: P | undefined) => P | undefined
  /** What to show when that is nothing; default nothing. Must not throw. */
  readonly fallback?: ((object: T, message: string) => P) | undefined
  /** Of all reflectors that have the same API server. */
  readonly contact?: SharedContact
}

/** Hears why an object is passed over, at each change of the reason; undefined: it is right again, or gone. */
export type MalformedListener<T> = (
  key: string,
  malformed: { readonly object: T; readonly message: string } | undefined,
) => void

/**
 * Milliseconds after a watch began anew until it is taken for up to date. What was missed is sent at once, but there need not have
 * been anything.
 */
const catchUpTime = 2000

/** Which object of a name the store shows, so that a new list touches only what changed. */
interface Seen {
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
}

/** Keeps a store equal to what the API server has, until the signal. Never fails: every error is waited out. */
export async function runReflector<T extends KubernetesObject, P>(
  client: KubernetesClient,
  resource: Resource<T>,
  options: ReflectorOptions<T, P>,
): Promise<void> {
  const reflector = new Reflector(client, resource, options)
  await reflector.run()
}

class Reflector<T extends KubernetesObject, P> {
  readonly #client: KubernetesClient
  readonly #resource: Resource<T>
  readonly #options: ReflectorOptions<T, P>
  readonly #name: string
  readonly #seen = new Map<string, Seen>()
  /** What was said about each object that is now malformed. */
  readonly #malformed = new Map<string, string>()
  readonly #backoff: Backoff = createBackoff({ first: 200, most: 30_000 })
  /** Where the next watch begins; undefined when only a new list helps. */
  #resourceVersion: string | undefined
  /** Set while the API server is out of reach, so that this is said once. */
  #lostContact: boolean
  #synced: boolean
  /** Undefined when all is read as JSON. */
  #message: Message<T> | undefined
  /** True while changes may be missed. */
  #behind: boolean = false

  constructor(client: KubernetesClient, resource: Resource<T>, options: ReflectorOptions<T, P>) {
    this.#client = client
    this.#resource = resource
    this.#options = options
    this.#name = describeResource(resource)
    this.#lostContact = false
    this.#synced = false
    this.#message = options.message
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      this.#options.onProgress?.()
      try {
        this.#resourceVersion ??= await this.#list()
        const began = performance.now()
        await this.#watch(this.#resourceVersion)
        // A server that ends every watch at once must not be asked in a tight loop.
        if (performance.now() - began < 1000) await this.#pause(this.#backoff.next())
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error)
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { logger } = this.#options
    // Where the watch began is void, or in doubt.
    if (isApiError(error, 'Gone', 'Protocol')) this.#resourceVersion = undefined
    if (this.#message !== undefined && refusesBinary(error)) {
      logger.warn(`Reading ${this.#name} as JSON from now on: ${messageOf(error)}`, { resource: this.#name })
      this.#message = undefined
    } else if (isApiError(error, 'Gone')) {
      logger.debug(`Listing ${this.#name} anew: ${messageOf(error)}`)
    } else if (!this.#lostContact) {
      this.#lostContact = true
      logger.warn(`Cannot follow ${this.#name}, will try again: ${messageOf(error)}`, { resource: this.#name })
    } else {
      logger.debug(`Still cannot follow ${this.#name}: ${messageOf(error)}`)
    }
    const wait = this.#backoff.next()
    // Others that reach it show that it is there again, which says nothing about a refusal.
    if (isApiError(error, 'Unreachable', 'Timeout', 'Unavailable')) return this.#pause(wait, this.#options.contact)
    // What does not exist yet (CRDs during installation) is waited for with impatience.
    await this.#pause(isApiError(error, 'NotFound') ? Math.min(wait, 3000) : wait)
  }

  async #pause(milliseconds: number, contact?: SharedContact): Promise<void> {
    const { signal, hurried } = this.#options
    this.#fallBehind()
    const either = AbortSignal.any([signal, hurried()])
    await (contact === undefined ? pause(milliseconds, either) : contact.pause(milliseconds, either))
  }

  /** Lists everything and makes the store equal; returns where to watch from. */
  async #list(): Promise<string> {
    const { pageSize, signal, namespace, labelSelector, fieldSelector } = this.#options
    const listed = new Set<string>()
    const changed: [string, Seen, P | undefined][] = []
    let resourceVersion = ''
    const selection = definedOnly({ namespace, labelSelector, fieldSelector, message: this.#message })
    const limit = pageSize === undefined ? {} : { limit: pageSize }
    for await (const page of this.#client.listPages(this.#resource, { ...selection, ...limit, signal })) {
      this.#options.onProgress?.()
      if (page.restarted) {
        listed.clear()
        changed.length = 0
      }
      resourceVersion = page.resourceVersion
      for (const object of page.items) {
        const key = keyOf(object)
        listed.add(key)
        if (!this.#isNews(key, object)) continue
        // Projected at once, so that whole objects of earlier pages do not stay in memory.
        changed.push([key, identityOf(object), this.#project(key, object)])
      }
    }
    // Removals first: an address may have gone over from an object that vanished to one that is new.
    for (const key of [...this.#seen.keys()]) if (!listed.has(key)) this.#remove(key)
    for (const [key, identity, projected] of changed) this.#show(key, identity, projected)
    this.#touch()
    this.#catchUp()
    if (!this.#synced) {
      this.#synced = true
      this.#options.onSynced()
    }
    return resourceVersion
  }

  async #watch(from: string): Promise<void> {
    const { signal, namespace, labelSelector, fieldSelector } = this.#options
    const selection = definedOnly({ namespace, labelSelector, fieldSelector, message: this.#message })
    let catchingUp: NodeJS.Timeout | undefined
    const onOpen = () => {
      this.#touch({ resetBackoff: false })
      if (this.#behind) catchingUp = setTimeout(() => this.#catchUp(), catchUpTime)
    }
    const events = this.#client.watch(this.#resource, { ...selection, resourceVersion: from, signal, onOpen })
    try {
      for await (const event of events) {
        this.#apply(event)
        this.#touch()
      }
    } finally {
      clearTimeout(catchingUp)
    }
  }

  #fallBehind(): void {
    if (this.#behind) return
    this.#behind = true
    this.#options.onBehind()
  }

  #catchUp(): void {
    if (!this.#behind) return
    this.#behind = false
    this.#options.onCaughtUp()
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      this.#resourceVersion = event.resourceVersion
      return
    }
    const { object } = event
    const key = keyOf(object)
    if (event.type === 'DELETED') this.#remove(key)
    else if (this.#isNews(key, object)) this.#show(key, identityOf(object), this.#project(key, object))
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion
  }

  #isNews(key: string, object: T): boolean {
    const seen = this.#seen.get(key)
    const { uid, resourceVersion } = identityOf(object)
    return seen === undefined || seen.uid !== uid || seen.resourceVersion !== resourceVersion
  }

  #show(key: string, identity: Seen, projected: P | undefined): void {
    const { store } = this.#options
    const previous = this.#seen.get(key)
    this.#seen.set(key, identity)
    // Another object of the same name: its predecessor's end must be seen, though the watch may have missed it.
    const replaced = previous !== undefined && previous.uid !== identity.uid
    if (replaced || projected === undefined) store.delete(key)
    // Most changes of most objects (heartbeats, status) are to what a projection leaves out: they wake nobody.
    if (projected !== undefined && !isDeepStrictEqual(store.get(key), projected)) store.set(key, projected)
  }

  #remove(key: string): void {
    this.#seen.delete(key)
    if (this.#malformed.delete(key)) this.#options.onMalformed?.(key, undefined)
    this.#options.store.delete(key)
  }

  /** What to keep of the object; when it is malformed, with one line in the log, what can be salvaged. */
  #project(key: string, object: T): P | undefined {
    const { logger, onMalformed } = this.#options
    try {
      const projected = this.#options.project(object)
      if (this.#malformed.delete(key)) {
        logger.info(`${this.#resource.kind} ${key} is right again`)
        onMalformed?.(key, undefined)
      }
      return projected
    } catch (error) {
      const message = messageOf(error)
      const isNews = this.#malformed.get(key) !== message
      const salvaged = this.#salvage(key, object)
      this.#malformed.set(key, message)
      if (isNews) {
        const effect = salvaged === undefined ? 'is ignored' : 'is followed as far as it is right'
        logger.error(`${this.#resource.kind} ${key} ${effect}: ${message}`, { resource: this.#name, key })
        onMalformed?.(key, { object, message })
      }
      return salvaged ?? this.#options.fallback?.(object, message)
    }
  }

  #salvage(key: string, object: T): P | undefined {
    const { salvage, store } = this.#options
    const isSame = this.#seen.get(key)?.uid === object.metadata.uid
    return salvage?.(object, isSame ? store.get(key) : undefined)
  }

  /** Notes that the API server answered. A watch that is only accepted may still end at once. */
  #touch({ resetBackoff }: { readonly resetBackoff: boolean } = { resetBackoff: true }): void {
    const { logger, onContact, onProgress } = this.#options
    if (resetBackoff) this.#backoff.reset()
    onProgress?.()
    onContact()
    if (!this.#lostContact) return
    this.#lostContact = false
    this.#options.contact?.regained()
    logger.info(`Following ${this.#name} again`, { resource: this.#name })
  }
}

function identityOf({ metadata }: KubernetesObject): Seen {
  return { uid: metadata.uid, resourceVersion: metadata.resourceVersion }
}

/**
 * The server, or something before it, has nothing of the kind in the binary encoding, or spoils it. One odd answer of another kind
 * (a load balancer's page) says nothing of that.
 */
function refusesBinary(error: unknown): boolean {
  return isApiError(error) && (error.binary || error.status === 406 || error.status === 415)
}
