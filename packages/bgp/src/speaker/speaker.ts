import type { Logger } from '@manx/api'
import { BgpError, isBgpError } from '../error.ts'
import type { api } from '../gen/gobgp.js'
import type { Desired, DesiredGlobal, DesiredPath } from '../plan/desired.ts'
import { announceAtOnce } from './announce-at-once.ts'
import { type Applied, readApplied } from './applied.ts'
import { GobgpClient } from './gobgp-client.ts'
import type { ReadPath } from './path-message.ts'
import { reconcile } from './reconcile.ts'
import { isRestarting } from './restarting-peers.ts'
import { checkVersion } from './version.ts'
import { Wakeup } from './wakeup.ts'
import { watchRib } from './watch-rib.ts'

/** What the speaker tells, in order. Between `disconnected` and `snapshot` the table is not known. */
export type SpeakerEvent =
  | { readonly type: 'connected' }
  /** Only paths learned from peers. */
  | { readonly type: 'paths'; readonly paths: readonly ReadPath[] }
  | { readonly type: 'snapshot' }
  | { readonly type: 'peer'; readonly address: string; readonly established: boolean }
  | { readonly type: 'disconnected'; readonly error: BgpError }

export interface SpeakerOptions {
  readonly socketPath: string
  readonly logger: Logger
  readonly onEvent: (event: SpeakerEvent) => void
  /** Whether a gobgpd that must be started continues an earlier one. */
  readonly isRestart: (global: DesiredGlobal) => boolean
  /** Called whenever gobgpd is as desired. */
  readonly onApplied?: (desired: Desired) => void
}

const retryRefused = 10_000
const retryWithdrawal = 1000
const heartbeat = 5000
const reconnect = { first: 200, most: 2000 }

/** Keeps one gobgpd as desired, and tells what it learns. Survives gobgpd's absence and restarts. */
export class Speaker {
  readonly #options: SpeakerOptions
  readonly #changed = new Wakeup()
  #desired: Desired | undefined
  #client: GobgpClient | undefined
  #version: string | undefined
  #refused: ReadonlyMap<string, string> = new Map()
  #lastError: BgpError | undefined
  /** Peers that this gobgpd does not have yet, but an earlier one had: they keep our routes for a while. */
  readonly #returning = new Set<string>()
  /** This gobgpd is being stopped: what it withdraws from now on is no news of peers. */
  #leaving: boolean = false

  constructor(options: SpeakerOptions) {
    this.#options = options
  }

  /** gobgpd's version, once it was asked. */
  get version(): string | undefined {
    return this.#version
  }

  /** Why there is no connection to a serving gobgpd; undefined while there is. */
  get lastError(): BgpError | undefined {
    return this.#lastError
  }

  /** What gobgpd refused, by peer address. */
  get refused(): ReadonlyMap<string, string> {
    return this.#refused
  }

  setDesired(desired: Desired): void {
    this.#desired = desired
    this.#changed.notify()
  }

  /** Works until the signal aborts. Leaves gobgpd as it is: see `stop`. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, onEvent } = this.#options
    let delay = reconnect.first
    while (!signal.aborted) {
      const client = new GobgpClient(this.#options.socketPath)
      try {
        await this.#serve(client, signal, () => {
          delay = reconnect.first
        })
      } catch (thrown) {
        if (!isBgpError(thrown)) throw thrown
        if (thrown.message !== this.#lastError?.message) logger.warn(thrown.message, { code: thrown.code })
        this.#lastError = thrown
        onEvent({ type: 'disconnected', error: thrown })
      } finally {
        this.#client = undefined
        client.close()
      }
      await new Wakeup().wait(signal, delay)
      delay = Math.min(delay * 2, reconnect.most)
    }
  }

  /** Sessions as gobgpd has them; empty while it is away. */
  async peers(options: { advertised?: boolean } = {}): Promise<api.Peer[]> {
    return (await this.#client?.listPeers(options)) ?? []
  }

  /** The client of the present connection, for reading. */
  get client(): GobgpClient | undefined {
    return this.#client
  }

  /** Ends BGP so that peers keep our routes while we are away. This gobgpd serves no more; a new one must be started. */
  async stop(): Promise<void> {
    const client = new GobgpClient(this.#options.socketPath)
    try {
      await client.stopBgp(true)
    } catch (error) {
      if (!isBgpError(error) || (error.code !== 'Unavailable' && error.code !== 'Stopped')) throw error
    } finally {
      client.close()
    }
  }

  async #serve(client: GobgpClient, signal: AbortSignal, onConnected: () => void): Promise<void> {
    const { logger, onEvent } = this.#options
    this.#leaving = false
    const before = await client.getBgp()
    while (this.#desired === undefined && !signal.aborted) await this.#changed.wait(signal)
    if (this.#desired === undefined || signal.aborted) return
    const fresh = before.asn === 0
    const { global } = this.#desired
    if (fresh) this.#returning.clear()
    if (fresh) await client.startBgp({ ...globalMessage(global), useMultiplePaths: true })
    else await this.#refuseOtherIdentity(client, before, global)
    const restarting = await this.#findReturning(client, this.#desired)
    this.#version = await checkVersion(client, global.asn)
    logger.info('Connected to gobgpd', { version: this.#version, started: fresh, restarting })

    const connection = new AbortController()
    const together = AbortSignal.any([signal, connection.signal])
    const localPaths = new Map<string, DesiredPath>()
    const snapshot = Promise.withResolvers<void>()
    onEvent({ type: 'connected' })
    const watching = watchRib(
      client,
      {
        onPaths: (paths) => this.#onPaths(paths, localPaths),
        onSnapshot: () => {
          onEvent({ type: 'snapshot' })
          snapshot.resolve()
        },
        onPeer: (address, established) => {
          onEvent({ type: 'peer', address, established })
          if (established && restarting) this.#announce(client, address, together)
        },
      },
      together,
    )
    // Whatever ends the watch ends the rest, too: a speaker that does not see the table must not go on.
    const broken = watching.catch((error) => {
      connection.abort(error)
      throw error
    })
    try {
      await Promise.race([snapshot.promise, broken])
      if (signal.aborted) return
      this.#client = client
      this.#lastError = undefined
      onConnected()
      const applied = await readApplied(client, this.#desired, new Map(localPaths))
      const ended = stillServing(client, together)
      await Promise.race([this.#follow(client, applied, restarting, together), ended, broken])
      await broken
    } finally {
      connection.abort()
      await broken.catch(() => undefined)
    }
  }

  /**
   * Whether this gobgpd came back a moment ago. One without sessions may also be what an agent left that died before it added
   * any, and one whose sessions are restarting may lack those that it did not come to.
   */
  async #findReturning(client: GobgpClient, { global, peers }: Desired): Promise<boolean> {
    const present = await client.listPeers()
    const begun = present.some(isRestarting)
    if (this.#options.isRestart(global) && (begun || present.length === 0)) {
      for (const address of peers.keys()) this.#returning.add(address)
    }
    for (const { conf } of present) this.#returning.delete(conf?.neighborAddress ?? '')
    return begun || this.#returning.size > 0
  }

  async #follow(client: GobgpClient, applied: Applied, cameBack: boolean, signal: AbortSignal): Promise<void> {
    const { logger, onApplied } = this.#options
    while (!signal.aborted) {
      const desired = this.#desired
      if (desired === undefined) return
      await this.#refuseOtherIdentity(client, await client.getBgp(), desired.global)
      // Whom the plan does not know now has nothing of ours when it does again.
      for (const address of this.#returning) if (!desired.peers.has(address)) this.#returning.delete(address)
      const options = { client, logger, returning: this.#returning, cameBack }
      const { refused, unfinished } = await reconcile(desired, applied, options)
      this.#refused = refused
      onApplied?.(desired)
      await this.#changed.wait(signal, unfinished ? retryWithdrawal : refused.size > 0 ? retryRefused : undefined)
    }
  }

  /** A reflector's peers must not be told "that was all" before it has heard what it reflects. */
  #announce(client: GobgpClient, address: string, signal: AbortSignal): void {
    if (this.#desired === undefined || this.#desired.policy.reflectTo.length > 0) return
    announceAtOnce(client, address, signal).catch((error) => {
      if (!isBgpError(error)) throw error
      // gobgpd announces by itself when its wait is over.
      this.#options.logger.warn('Routes are announced late', { peer: address, error: error.message })
    })
  }

  #onPaths(paths: readonly ReadPath[], localPaths: Map<string, DesiredPath>): void {
    const learned: ReadPath[] = []
    for (const path of paths) {
      const { prefix, family } = path
      if (path.neighbor !== undefined) learned.push(path)
      else if (path.withdrawn) localPaths.delete(prefix)
      else localPaths.set(prefix, { prefix, family })
    }
    if (learned.length > 0 && !this.#leaving) this.#options.onEvent({ type: 'paths', paths: learned })
  }

  /** gobgpd cannot change who it is: it is stopped, its container starts it anew, and the sessions follow. */
  async #refuseOtherIdentity(client: GobgpClient, actual: api.Global, wanted: DesiredGlobal): Promise<void> {
    const message = globalMessage(wanted)
    const same =
      actual.asn === message.asn &&
      actual.routerId === message.routerId &&
      actual.listenPort === message.listenPort &&
      actual.useMultiplePaths &&
      actual.listenAddresses.join() === message.listenAddresses.join()
    if (same) return
    this.#leaving = true
    await client.stopBgp(false)
    throw new BgpError('Stopped', 'gobgpd has another AS number, router id or listening address: waiting for a new one')
  }
}

/** A gobgpd that was stopped keeps its connections and streams open, and is silent: it must be asked. Rejects then. */
async function stillServing(client: GobgpClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await new Wakeup().wait(signal, heartbeat)
    if (!signal.aborted) await client.getBgp()
  }
}

function globalMessage(global: DesiredGlobal) {
  const { asn, routerId, listenPort, listenAddresses } = global
  return {
    asn,
    routerId,
    listenPort,
    listenAddresses: listenAddresses.length > 0 ? [...listenAddresses] : ['0.0.0.0', '::'],
  }
}
