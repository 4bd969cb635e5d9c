import { ApiError, isApiError } from '../client/api-error.ts'
import type { KubernetesClient, RequestOptions } from '../client/client.ts'
import { deadlineAfter } from '../client/deadline.ts'
import { type Lease, leases } from '../core/kinds.ts'
import type { Logger } from '../logger.ts'
import { pause } from './backoff.ts'

export interface LeaderOptions {
  readonly client: KubernetesClient
  readonly namespace: string
  /** The name of the Lease. */
  readonly name: string
  /** Tells this process from all others: the pod's name, for example. */
  readonly identity: string
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Seconds that others wait after the last renewal; default 15. */
  readonly leaseSeconds?: number
  /** Seconds between renewals; default a fifth of the lease. */
  readonly renewSeconds?: number
  /**
   * The work. Its signal comes when leadership is lost, and it must then stop at once. `holds` says at any moment whether
   * the Lease is still ours by our own clock: a process that was halted wakes up before the signal comes.
   */
  readonly lead: (signal: AbortSignal, holds: () => boolean) => Promise<void>
}

/**
 * Runs `lead` whenever this process holds the Lease, until the signal. Leadership ends, whatever the API server says,
 * before another process may take over: the own clock alone decides. The Lease is given back at the end.
 */
export async function runAsLeader(options: LeaderOptions): Promise<void> {
  const election = new Election(options)
  await election.run()
}

class Election {
  readonly #options: LeaderOptions
  readonly #leaseSeconds: number
  readonly #renewMilliseconds: number
  /** The Lease as seen last, and when it changed by our clock: clocks of others do not count. */
  #observed: { readonly lease: Lease; readonly at: number } | undefined
  /** When the request was sent that took or renewed the Lease last. */
  #heldSince = 0

  constructor(options: LeaderOptions) {
    this.#options = options
    this.#leaseSeconds = options.leaseSeconds ?? 15
    this.#renewMilliseconds = (options.renewSeconds ?? this.#leaseSeconds / 5) * 1000
  }

  async run(): Promise<void> {
    const { signal, logger, identity, name } = this.#options
    while (!signal.aborted) {
      if (await this.#tryHold()) {
        logger.info(`${identity} leads: it holds the Lease ${name}`)
        await this.#lead()
        logger.info(`${identity} does not lead any more`)
        await pause(this.#renewMilliseconds, signal)
      } else {
        await this.#waitForChance()
      }
    }
  }

  async #lead(): Promise<void> {
    const { signal, lead, logger } = this.#options
    const term = new AbortController()
    const onAbort = () => term.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    const holds = () => !term.signal.aborted && this.#left > 0
    const work = lead(term.signal, holds).catch((error: unknown) => {
      if (!term.signal.aborted) logger.error('The work of the leader failed', { error })
    })
    const workEnded = work.then(() => term.abort())
    try {
      await this.#renewUntilLost(term.signal)
    } finally {
      term.abort()
      signal.removeEventListener('abort', onAbort)
      await workEnded
      await this.#giveBack()
    }
  }

  /** Milliseconds that the work goes on without a renewal: a fifth less than the lease, in which it has to stop. */
  get #patience(): number {
    return this.#leaseSeconds * 800
  }

  /** Renews until the term ends, or until others could think that it has ended. */
  async #renewUntilLost(term: AbortSignal): Promise<void> {
    while (!term.aborted && this.#left > 0) {
      await pause(Math.min(this.#renewMilliseconds, this.#left), term)
      if (term.aborted || this.#left <= 0) return
      if (!(await this.#tryHold(this.#left)) && this.#holder() !== this.#options.identity) return
    }
  }

  /** Milliseconds of patience that are left. */
  get #left(): number {
    return this.#heldSince + this.#patience - performance.now()
  }

  /**
   * Watches the Lease of another until it is given back or seems to have expired. Where watching fails, asks again after
   * the time of a renewal. At random, so that candidates do not ask at the same moment.
   */
  async #waitForChance(): Promise<void> {
    const { client, namespace, name, signal } = this.#options
    const chance = 0.8 + Math.random() * 0.4
    const seen = this.#observed
    const resourceVersion = seen?.lease.metadata.resourceVersion
    if (seen === undefined || resourceVersion === undefined || this.#hasExpired(seen.lease)) {
      return pause(this.#renewMilliseconds * chance, signal)
    }
    const seconds = seen.lease.spec?.leaseDurationSeconds ?? this.#leaseSeconds
    const expires = seen.at + seconds * 1000 - performance.now()
    using deadline = deadlineAfter(Math.max(0, expires) + this.#renewMilliseconds * chance * 0.5, signal)
    const selection = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion, signal: deadline.signal }
    try {
      for await (const event of client.watch(leases, selection)) {
        if (event.type === 'BOOKMARK') continue
        if (event.type === 'DELETED') return
        this.#remember(event.object)
        if (this.#hasExpired(event.object)) return
      }
    } catch (error) {
      if (deadline.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
    }
    if (!deadline.signal.aborted) await pause(this.#renewMilliseconds * chance, signal)
  }

  #holder(): string | undefined {
    return this.#observed?.lease.spec?.holderIdentity
  }

  /** Takes or renews the Lease; false when another holds it or the API server cannot say. */
  async #tryHold(timeout = this.#renewMilliseconds * 2): Promise<boolean> {
    const { client, namespace, name, identity, logger, signal } = this.#options
    using deadline = deadlineAfter(timeout, signal)
    const requests = { signal: deadline.signal }
    const began = performance.now()
    try {
      const now = new Date().toISOString().replace('Z', '000Z')
      const current = await this.#observe(requests)
      const wanted = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(this.#leaseSeconds), renewTime: now }
      if (current === undefined) {
        const spec = { ...wanted, acquireTime: now, leaseTransitions: 0 }
        this.#remember(await client.create(leases, { metadata: { name, namespace }, spec }, requests))
        this.#heldSince = began
        return true
      }
      const mine = current.spec?.holderIdentity === identity
      if (!mine && !this.#hasExpired(current)) return false
      const { leaseTransitions = 0, ...spec } = current.spec ?? {}
      const taken = mine ? { leaseTransitions } : { leaseTransitions: leaseTransitions + 1, acquireTime: now }
      this.#remember(await client.update(leases, { ...current, spec: { ...spec, ...wanted, ...taken } }, requests))
      this.#heldSince = began
      return true
    } catch (error) {
      if (deadline.signal.aborted) return false
      if (!(error instanceof ApiError)) throw error
      // Conflict: another candidate was faster.
      const lost = error.code === 'Conflict' || error.code === 'AlreadyExists'
      if (!lost) logger.warn(`Cannot hold the Lease ${name}: ${error.message}`)
      return false
    }
  }

  async #observe(requests: RequestOptions): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options
    try {
      const lease = await client.get(leases, { namespace, name }, requests)
      this.#remember(lease)
      return lease
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined
      throw error
    }
  }

  #remember(lease: Lease): void {
    const same = this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion
    if (!same) this.#observed = { lease, at: performance.now() }
  }

  #hasExpired({ spec }: Lease): boolean {
    if ((spec?.holderIdentity ?? '') === '') return true
    const seconds = spec?.leaseDurationSeconds ?? this.#leaseSeconds
    return this.#observed !== undefined && performance.now() - this.#observed.at > seconds * 1000
  }

  /** Lets the next candidate begin at once. */
  async #giveBack(): Promise<void> {
    const { client, identity, logger, namespace, name } = this.#options
    try {
      const lease = await client.get(leases, { namespace, name }, { timeout: 2000 })
      if (lease.spec?.holderIdentity !== identity) return
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 }
      await client.update(leases, { ...lease, spec }, { timeout: 2000 })
    } catch (error) {
      logger.debug('Could not give the Lease back', { error })
    }
  }
}
