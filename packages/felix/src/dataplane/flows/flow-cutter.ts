import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@manx/api'
import type { ConntrackEntry, ConntrackFilter, ConntrackSocket } from '@manx/netlink'
import { backoff } from '../backoff.ts'
import { Histogram, type HistogramData } from '../histogram.ts'
import { type FlowPolicies, isForbidden, type JudgedHost } from './is-forbidden.ts'

export interface FlowCutterOptions {
  readonly socket: ConntrackSocket
  readonly logger: Logger
  readonly policies: () => FlowPolicies
  /** Addresses of the endpoints of these interfaces, or of all. */
  readonly addressesOf: (interfaces: ReadonlySet<string> | 'all') => Iterable<string>
  readonly host: () => Promise<JudgedHost>
  /** The bit of connections' marks that the ruleset ends flows by; undefined: turned off. */
  readonly mark: () => number | undefined
}

/** Counts since the start. */
export interface CutStatistics {
  /** Flows that were looked at. */
  readonly judged: number
  readonly cut: number
  /** Flows that had been cut and are allowed again: their entries were deleted, so that they begin anew. */
  readonly released: number
  /** Flows that are cut now, as of the last look. */
  readonly marked: number
  readonly failures: number
  /** Finding, judging and marking the flows of one change. */
  readonly seconds: HistogramData
}

/** The work of looking at flows is kept below one part in so many of the time. */
const share = 4
/** So many flows are judged in one turn of the event loop. */
const perTurn = 200

/**
 * Ends live flows that policy forbids now, by a bit in the mark of their connection: the ruleset resets or drops those before
 * it lets established ones through. To delete the entry would not do: the next packet of either side would make it again, as a
 * flow of the opposite direction. It works beside the loop that writes the ruleset, after what was written.
 */
export class FlowCutter {
  readonly #options: FlowCutterOptions
  /** What is to be looked at: interfaces' endpoints and addresses, and flows that are marked. */
  #interfaces: Set<string> | 'all' = new Set()
  readonly #addresses = new Set<string>()
  #recheck: boolean = false
  #running: Promise<void> | undefined
  readonly #ended = new AbortController()
  #statistics = { judged: 0, cut: 0, released: 0, marked: 0, failures: 0 }
  readonly #seconds = new Histogram()

  constructor(options: FlowCutterOptions) {
    this.#options = options
  }

  get statistics(): CutStatistics {
    return { ...this.#statistics, seconds: this.#seconds.data() }
  }

  /** The policies of these interfaces, or of all, may forbid more than before. */
  judgeInterfaces(interfaces: Iterable<string> | 'all'): void {
    if (interfaces === 'all' || this.#interfaces === 'all') this.#interfaces = 'all'
    else for (const name of interfaces) this.#interfaces.add(name)
    this.#start()
  }

  /** What is said about these addresses may forbid more than before. */
  judgeAddresses(addresses: Iterable<string>): void {
    for (const address of addresses) this.#addresses.add(address)
    this.#start()
  }

  /** Something may be allowed again. */
  judgeMarked(): void {
    if (this.#statistics.marked === 0) return
    this.#recheck = true
    this.#start()
  }

  /** Resolves when the look that runs is over. */
  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  get #pending(): boolean {
    return this.#recheck || this.#addresses.size > 0 || this.#interfaces === 'all' || this.#interfaces.size > 0
  }

  #start(): void {
    if (!this.#pending || this.#ended.signal.aborted) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      this.#start()
    })
  }

  async #run(): Promise<void> {
    let failures = 0
    while (this.#pending && !this.#ended.signal.aborted) {
      const start = performance.now()
      const work = { interfaces: this.#interfaces, addresses: [...this.#addresses], recheck: this.#recheck }
      this.#interfaces = new Set()
      this.#addresses.clear()
      this.#recheck = false
      let pause: number
      try {
        await this.#look(work)
        failures = 0
        this.#seconds.observeSince(start)
        pause = (performance.now() - start) * (share - 1)
      } catch (error) {
        failures++
        this.#statistics.failures++
        this.#options.logger.error(`live flows could not be judged: ${String(error)}; will be tried again`, { error })
        this.judgeInterfaces(work.interfaces)
        this.judgeAddresses(work.addresses)
        this.#recheck ||= work.recheck
        pause = backoff(failures)
      }
      await sleep(pause, undefined, { signal: this.#ended.signal }).catch(() => undefined)
    }
  }

  async #look({ interfaces, addresses, recheck }: Work): Promise<void> {
    const bit = this.#options.mark()
    if (bit === undefined) return
    const mark = { mask: bit, value: bit }
    const filters: ConntrackFilter[] = []
    const all = new Set([...this.#options.addressesOf(interfaces), ...addresses])
    if (all.size > 0) filters.push({ addresses: [...all] })
    if (recheck) filters.push({ mark })
    // By concat: hundreds of thousands are too many arguments for a push.
    let found: readonly ConntrackEntry[] = []
    for (const filter of filters) found = found.concat(await this.#options.socket.entries(filter))
    if (found.length === 0) {
      if (recheck) this.#statistics.marked = 0
      return
    }
    const { cut, released, marked } = await this.#judge(found, bit)
    const cutNow = cut.length === 0 ? 0 : await this.#options.socket.setMark(cut, mark)
    const releasedNow = released.length === 0 ? 0 : await this.#options.socket.delete(released)
    this.#statistics.judged += found.length
    this.#statistics.cut += cutNow
    this.#statistics.released += releasedNow
    this.#statistics.marked = (recheck ? marked : Math.max(marked, this.#statistics.marked - releasedNow)) + cutNow
    if (cutNow > 0) this.#options.logger.info(`${cutNow} live flows were cut: policy forbids them now`)
    if (releasedNow > 0) this.#options.logger.info(`${releasedNow} flows that were cut are allowed again`)
  }

  async #judge(found: readonly ConntrackEntry[], bit: number): Promise<Judgement> {
    const host = await this.#options.host()
    const policies = this.#options.policies()
    const cut: ConntrackEntry[] = []
    const released: ConntrackEntry[] = []
    let marked = 0
    for (const [index, entry] of found.entries()) {
      if (index % perTurn === perTurn - 1) await nextTurn()
      const isMarked = (entry.mark & bit) !== 0
      const forbidden = isForbidden(entry, policies, host)
      if (forbidden && isMarked) marked++
      else if (forbidden) cut.push(entry)
      else if (isMarked) released.push(entry)
    }
    return { cut, released, marked }
  }
}

interface Work {
  readonly interfaces: ReadonlySet<string> | 'all'
  readonly addresses: readonly string[]
  readonly recheck: boolean
}

interface Judgement {
  readonly cut: readonly ConntrackEntry[]
  readonly released: readonly ConntrackEntry[]
  /** Those that were cut already and still are to be. */
  readonly marked: number
}
