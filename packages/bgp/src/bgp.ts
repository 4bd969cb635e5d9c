import type { KubernetesClient, Logger } from '@manx/api'
import { type BgpCounters, CounterSource } from './counters.ts'
import { Fib } from './fib/fib.ts'
import { type BgpStores, InputSource } from './input-source.ts'
import { PasswordSource } from './password-source.ts'
import type { Desired, Finding } from './plan/desired.ts'
import type { PlanSettings } from './plan/input.ts'
import { plan } from './plan/plan.ts'
import { emptyWhenAway, readSessions } from './read-sessions.ts'
import { convergencePoll, Retention } from './retention.ts'
import { isRestart, loadState, readBootId, type SavedState, saveState } from './speaker/saved-state.ts'
import { Speaker, type SpeakerEvent } from './speaker/speaker.ts'
import { Wakeup } from './speaker/wakeup.ts'
import type { BgpStatus } from './status.ts'

export interface BgpOptions {
  readonly logger: Logger
  /** Name of this node. */
  readonly node: string
  readonly stores: BgpStores
  /** Resolves when all stores have been complete once. Until then nothing is deleted. */
  readonly synced: Promise<unknown>
  readonly gobgpSocket: string
  /** The last known good state, a file; absent: none is kept. */
  readonly statePath?: string
  /** For passwords of sessions; absent: sessions that need one are not set up. */
  readonly secrets?: { readonly client: KubernetesClient; readonly namespace: string }
  readonly settings?: PlanSettings
  /** Path of the network namespace whose kernel routes are kept; absent: the caller's own. */
  readonly namespace?: string
}

/** The node's BGP: plan, speaker and kernel routes. */
export interface Bgp {
  /** Works until the signal aborts, then leaves gobgpd and the kernel as they are. */
  run(signal: AbortSignal): Promise<void>
  /**
   * Ends BGP gracefully, so that peers keep this node's routes: for the end of the pod. Call it after `run` has returned;
   * gobgpd must then be started anew.
   */
  stop(): Promise<void>
  /** A pod of this node got or lost an address. Addresses of other nodes' blocks are announced one by one. */
  setLocalAddress(address: string, present: boolean): void
  /** All there is to know, for a human who asks: reads all that routers sent. */
  status(): Promise<BgpStatus>
  /** For metrics. */
  counters(): Promise<BgpCounters>
  /** Asks gobgpd for a sign of life; resolves also when it is away, which the status tells. */
  ask(): Promise<void>
  /** What of the inputs was skipped or does not work, as of the last plan. */
  readonly findings: readonly Finding[]
  /** gobgpd is as planned, and at least one session is up where any is planned. */
  readonly ready: boolean
}

/** How long the API server may take before the last known good plan is used. */
const patienceForSync = 3000
const planPause = 20

export function createBgp(options: BgpOptions): Bgp {
  return new NodeBgp(options)
}

class NodeBgp implements Bgp {
  readonly #options: BgpOptions
  readonly #input: InputSource
  readonly #speaker: Speaker
  readonly #counters: CounterSource
  readonly #passwords: PasswordSource | undefined
  readonly #changed = new Wakeup()
  readonly #established = new Set<string>()
  readonly #retention = new Retention(() => this.#fib?.endRetention())
  #fib: Fib | undefined
  #saved: SavedState | undefined
  #bootId = ''
  #desired: Desired | undefined
  #findings: readonly Finding[] = []
  #planned: BgpStatus['plan'] = 'none'
  #applied: Desired | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(options: BgpOptions) {
    const { logger, node, stores, settings = {}, secrets } = options
    this.#options = options
    const onChange = () => this.#changed.notify()
    this.#input = new InputSource({ node, stores, settings, onChange })
    this.#passwords = secrets && new PasswordSource({ ...secrets, logger, onChange })
    this.#speaker = new Speaker({
      socketPath: options.gobgpSocket,
      logger,
      onEvent: (event) => this.#onSpeaker(event),
      isRestart: (global) => isRestart(this.#saved, this.#bootId, global),
      onApplied: (desired) => this.#onApplied(desired),
    })
    this.#counters = new CounterSource(this.#speaker)
  }

  get ready(): boolean {
    if (this.#applied === undefined || this.#applied !== this.#desired || this.#speaker.lastError) return false
    return this.#desired.peers.size === 0 || this.#established.size > 0
  }

  get findings(): readonly Finding[] {
    return this.#findings
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger, namespace, statePath } = this.#options
    this.#bootId = await readBootId()
    this.#saved = statePath === undefined ? undefined : await loadState(statePath)
    const fib = await Fib.open({ logger, ...(namespace === undefined ? {} : { namespace }) })
    this.#fib = fib
    const failed = new AbortController()
    const together = AbortSignal.any([signal, failed.signal])
    this.#retention.begin(restartTimeOf(this.#saved?.desired))
    try {
      const tasks = [
        this.#keepPlan(together),
        this.#speaker.run(together),
        convergencePoll(this.#retention, this.#speaker, () => this.#desired, together),
      ]
      // One that fails ends the others; the error is the caller's.
      await Promise.all(
        tasks.map((task) =>
          task.catch((error) => {
            failed.abort()
            throw error
          }),
        ),
      )
    } finally {
      failed.abort()
      this.#input.stop()
      this.#passwords?.stop()
      await this.#saving
      this.#fib = undefined
      await fib.close()
    }
  }

  stop(): Promise<void> {
    return this.#speaker.stop()
  }

  setLocalAddress(address: string, present: boolean): void {
    this.#input.setLocalAddress(address, present)
  }

  async status(): Promise<BgpStatus> {
    const desired = this.#desired
    const { lastError, version } = this.#speaker
    const counts = this.#fib?.counts ?? { learned: 0, installed: 0 }
    const problems = [...(this.#fib?.problems() ?? [])].map(
      ({ prefix, message }): Finding => ({ object: prefix, reason: 'NoRoute', message }),
    )
    return {
      node: this.#options.node,
      ...(desired === undefined ? {} : { asn: desired.global.asn, routerId: desired.global.routerId }),
      speaker: {
        connected: this.#speaker.client !== undefined,
        ...(version === undefined ? {} : { version }),
        ...(lastError === undefined ? {} : { error: lastError.message }),
      },
      plan: this.#planned,
      peers: await readSessions(this.#speaker, desired, this.#established),
      announced: [...(desired?.paths.keys() ?? [])],
      routes: { ...counts, retaining: this.#retention.active },
      findings: [...this.#findings, ...problems],
    }
  }

  async counters(): Promise<BgpCounters> {
    const { installed } = this.#fib?.counts ?? { installed: 0 }
    return { ...(await this.#counters.read(this.#desired)), installed }
  }

  async ask(): Promise<void> {
    await this.#speaker.client?.getBgp().catch(emptyWhenAway)
  }

  async #keepPlan(signal: AbortSignal): Promise<void> {
    const { synced, logger } = this.#options
    const known = await Promise.race([synced.then(() => true), pause(patienceForSync, signal)])
    if (signal.aborted) return
    if (!known && this.#saved !== undefined) {
      logger.warn('The API server does not answer: BGP goes on as it was', { peers: this.#saved.desired.peers.size })
      this.#adopt(this.#saved.desired, 'last known good')
    }
    await Promise.race([synced, aborted(signal)])
    if (signal.aborted) return
    this.#input.start()
    while (!signal.aborted) {
      await this.#changed.wait(signal)
      if (signal.aborted) return
      this.#replan()
      await pause(planPause, signal)
    }
  }

  #replan(): void {
    const { logger } = this.#options
    this.#passwords?.want(this.#input.secretNames())
    const memory = {
      passwords: this.#passwords?.passwords ?? new Map(),
      unreadSecrets: this.#passwords?.unread ?? new Set<string>(),
      before: (this.#desired ?? this.#saved?.desired)?.peers ?? new Map(),
    }
    const { desired, findings } = plan(this.#input.read(memory))
    const before = new Set(this.#findings.map(findingText))
    for (const finding of findings) {
      if (before.has(findingText(finding))) continue
      // Each start has a moment before Secrets are read.
      const level = finding.reason === 'PasswordUnread' ? 'info' : 'warn'
      logger[level](`${finding.object} ${finding.message}`, { reason: finding.reason })
    }
    this.#findings = findings
    if (desired === undefined) return
    this.#retention.planKnown = true
    this.#adopt(desired, 'current')
  }

  #adopt(desired: Desired, planned: BgpStatus['plan']): void {
    this.#desired = desired
    this.#planned = planned
    this.#fib?.setKernelPlan(desired.kernel)
    this.#speaker.setDesired(desired)
  }

  #onSpeaker(event: SpeakerEvent): void {
    switch (event.type) {
      case 'connected':
        this.#established.clear()
        this.#fib?.beginTable()
        this.#retention.begin(restartTimeOf(this.#desired))
        break
      case 'paths':
        this.#fib?.setPaths(event.paths)
        break
      case 'snapshot':
        this.#retention.tableTold()
        break
      case 'peer':
        if (event.established) this.#established.add(event.address)
        else this.#established.delete(event.address)
        break
      case 'disconnected':
        this.#established.clear()
        if (this.#retention.tableKnown) {
          this.#fib?.beginTable()
          this.#retention.begin(restartTimeOf(this.#desired))
        }
        break
    }
  }

  #onApplied(desired: Desired): void {
    const { statePath, logger } = this.#options
    if (this.#applied === desired) return
    this.#applied = desired
    if (statePath === undefined || this.#planned !== 'current') return
    const state = { bootId: this.#bootId, desired }
    this.#saved = state
    this.#saving = this.#saving
      .then(() => (this.#saved === state ? saveState(statePath, state) : undefined))
      .catch((error) =>
        logger.error('The last known good BGP state cannot be saved', { file: statePath, error: String(error) }),
      )
  }
}

/** Milliseconds that the most patient peer keeps our routes. */
function restartTimeOf(desired: Desired | undefined): number {
  let most = 120
  for (const { restartTime } of desired?.peers.values() ?? []) most = Math.max(most, restartTime)
  return most * 1000
}

function findingText({ object, message }: Finding): string {
  return `${object} ${message}`
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<false> {
  await new Wakeup().wait(signal, milliseconds)
  return false
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Wakeup().wait(signal)
}
