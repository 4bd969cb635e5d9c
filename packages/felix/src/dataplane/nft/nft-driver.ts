import type { Logger } from '@manx/api'
import type { NftEvent, NftSocket, NftTable, NftTransaction } from '@manx/netlink'
import { tableName } from '../../calc/base-chains.ts'
import type { Delta } from '../../calc/delta.ts'
import type { ApplyOptions, Driver } from '../driver.ts'
import { Histogram, type HistogramData } from '../histogram.ts'
import { fillTransaction } from './fill-transaction.ts'
import { readTable } from './read-table.ts'
import { type Plan, TableState } from './table-state.ts'

const table: NftTable = { family: 'inet', name: tableName }

/** After so many failed writes in a row the table is made anew: an incremental change that fails twice will fail again. */
const failuresUntilRebuild = 2

export interface NftDriverOptions {
  readonly socket: NftSocket
  readonly logger: Logger
  /** Called when somebody else changed our table. */
  readonly onForeignChange: () => void
  /** Called after each transaction, before its outcome is noted in `state`; `rebuilt`: the table is new. */
  readonly onWritten?: (plan: Plan, state: TableState, rebuilt: boolean) => void
  /** Called when the table is hooked again: flows of any kind may have begun meanwhile. */
  readonly onWoken?: () => void
}

/** Counts since the start. */
export interface NftStatistics {
  readonly transactions: number
  readonly rebuilds: number
  readonly reads: number
  readonly failures: number
  /** Transactions of others that touched our table. */
  readonly foreignChanges: number
  /** Chains, sets, verdicts and members that were found to differ from what was written, and put right. */
  readonly drift: number
  /** Encoding and committing one transaction. */
  readonly applySeconds: HistogramData
}

/** Keeps the table `inet manx` as it should be: one transaction for everything that is pending. No other table is touched. */
export class NftDriver implements Driver {
  readonly name = 'nftables'
  readonly gates = true
  readonly #socket: NftSocket
  readonly #logger: Logger
  readonly #onForeignChange: () => void
  readonly #onWritten: NftDriverOptions['onWritten']
  readonly #onWoken: NftDriverOptions['onWoken']
  readonly #state = new TableState()
  #tablePresent: boolean = false
  /** Somebody had its chains unhooked: no packet comes to them. */
  #dormant: boolean = false
  #stale: boolean = true
  /** What is known of the kernel may be wrong: it must be read even if nobody else committed. */
  #doubtful: boolean = true
  #sweeps: boolean = false
  /** The last `apply` went well. */
  #well: boolean = true
  /** Since the last `apply` that went well. A reading that fails (others write all the time) says nothing of the table. */
  #failedWrites = 0
  #rebuildTold = false
  /** Notifications of our own transactions since the last reading that are still to come. */
  #ownEvents = 0
  /** The last reading shows all transactions up to this one. */
  #generationRead = 0
  /** Our own transactions since the last reading. */
  #commits = 0
  #statistics = { transactions: 0, rebuilds: 0, reads: 0, failures: 0, foreignChanges: 0, drift: 0 }
  readonly #applySeconds = new Histogram()

  constructor(options: NftDriverOptions) {
    this.#socket = options.socket
    this.#logger = options.logger
    this.#onForeignChange = options.onForeignChange
    this.#onWritten = options.onWritten
    this.#onWoken = options.onWoken
  }

  get statistics(): NftStatistics {
    return { ...this.#statistics, applySeconds: this.#applySeconds.data() }
  }

  /** True when the kernel held all that should be there at the end of the last `apply`. */
  get written(): boolean {
    return this.#well && !this.#doubtful && this.#tablePresent
  }

  /** Members that a set should have; parts joined as `memberKey` does. */
  members(set: string): Iterable<string> {
    return this.#state.members(set)
  }

  accept(delta: Delta): void {
    this.#state.accept(delta)
  }

  invalidate(): void {
    this.#stale = true
  }

  settled(key: string): boolean {
    return !this.#stale && (this.#state.settled(key) || (!this.#sweeps && this.#state.leftover(key)))
  }

  async apply(options: ApplyOptions): Promise<void> {
    this.#sweeps = options.sweep
    try {
      if (this.#stale) await this.#read()
      await this.#writeCounted(options)
      this.#well = true
    } catch (error) {
      this.#well = false
      this.#statistics.failures++
      this.#stale = true
      this.#doubtful = true
      throw error
    }
  }

  /**
   * To be called for each transaction in the namespace. Each of ours is reported once, so one more than we made is somebody
   * else's. (The process id in the notification is that of a thread, in the first pid namespace: it tells nothing in a container.)
   */
  handleEvent(event: NftEvent): void {
    if (event.type === 'changed') {
      if (!event.tables.some(({ family, name }) => family === table.family && name === table.name)) return
      // Generations are 32 bits and wrap.
      if (((event.generation - this.#generationRead) | 0) <= 0) return
      if (this.#ownEvents > 0) {
        this.#ownEvents--
        return
      }
      this.#statistics.foreignChanges++
      this.#logger.warn(`nftables table inet ${tableName} was changed by ${event.process}; reading it again`)
    }
    this.#stale = true
    this.#onForeignChange()
  }

  async #read(): Promise<void> {
    // Cleared before, so that a change that comes in meanwhile makes it stale again.
    this.#stale = false
    const generation = await this.#socket.generation()
    // Nobody committed anything but us, so the kernel holds what we wrote.
    if (!this.#doubtful && generation === (this.#generationRead + this.#commits) >>> 0) return
    const known = !this.#doubtful
    const before = this.#state.differences
    this.#statistics.reads++
    this.#generationRead = generation
    this.#commits = 0
    // One of ours that had nothing to change was never reported; counted on, it would hide somebody else's.
    this.#ownEvents = 0
    const dump = await this.#socket.dumpTable(table, { expressions: false })
    this.#tablePresent = dump !== undefined
    this.#dormant = dump?.dormant === true
    this.#state.replaceActual(dump === undefined ? undefined : readTable(dump, (set) => this.#state.setOf(set)))
    this.#doubtful = false
    if (this.#dormant) {
      this.#statistics.drift++
      this.#logger.warn(`nftables table inet ${tableName} is dormant: nothing was policed`)
    }
    const drift = this.#state.differences - before
    if (!known || drift <= 0) return
    this.#statistics.drift += drift
    this.#logger.warn(`nftables table inet ${tableName} differs in ${drift} places from what was written`)
  }

  async #writeCounted(options: ApplyOptions): Promise<void> {
    try {
      await this.#write(options)
      this.#failedWrites = 0
    } catch (error) {
      this.#failedWrites++
      throw error
    }
  }

  async #write({ sweep }: ApplyOptions): Promise<void> {
    if (this.#dormant && (!sweep || this.#failedWrites < failuresUntilRebuild)) await this.#wake()
    if (!sweep) {
      await this.#writeUnswept()
      return
    }
    const pending = this.#state.changes()
    if (pending === undefined && this.#tablePresent && !this.#dormant) return
    const broken = this.#failedWrites >= failuresUntilRebuild || this.#state.misshapen
    if (this.#tablePresent && !broken && pending !== undefined) {
      await this.#commit(pending, false)
      this.#onWritten?.(pending, this.#state, false)
      this.#state.written(pending)
      return
    }
    // Once, however often it fails: the loop says why.
    if (this.#tablePresent && !this.#rebuildTold) this.#logger.warn(`building nftables table inet ${tableName} anew`)
    this.#rebuildTold = this.#tablePresent
    await this.#rebuild(this.#state.everything())
    this.#rebuildTold = false
  }

  /** Before anything else: until then everything is let through. */
  async #wake(): Promise<void> {
    await this.#send(this.#socket.begin().wakeTable(table))
    this.#dormant = false
    this.#onWoken?.()
  }

  /**
   * Policies are not known: a table that is there holds the last ones that were, so it stays but for pods that are gone. Where
   * there is none, nothing is let through.
   */
  async #writeUnswept(): Promise<void> {
    if (!this.#tablePresent) {
      await this.#rebuild(this.#state.closed())
      return
    }
    const plan = this.#state.removalsOnly()
    if (plan === undefined) return
    await this.#commit(plan, false)
    this.#state.removed(plan)
  }

  async #rebuild(plan: Plan): Promise<void> {
    this.#statistics.rebuilds++
    await this.#commit(plan, true)
    this.#onWritten?.(plan, this.#state, true)
    this.#state.rebuilt(plan)
  }

  async #commit(plan: Plan, anew: boolean): Promise<void> {
    const start = performance.now()
    const transaction = this.#socket.begin()
    if (anew) {
      transaction.addTable(table)
      if (this.#tablePresent) transaction.deleteTable(table).addTable(table)
    }
    await fillTransaction(transaction, table, plan)
    await this.#send(transaction)
    this.#tablePresent = true
    if (anew) this.#dormant = false
    this.#applySeconds.observeSince(start)
  }

  async #send(transaction: NftTransaction): Promise<void> {
    this.#ownEvents++
    try {
      await transaction.commit()
    } catch (error) {
      this.#ownEvents--
      throw error
    }
    this.#commits++
    this.#statistics.transactions++
  }
}
