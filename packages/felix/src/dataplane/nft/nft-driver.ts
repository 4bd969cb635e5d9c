import type { Logger } from '@manx/api'
import type { NftEvent, NftSocket, NftTable } from '@manx/netlink'
import { tableName } from '../../calc/base-chains.ts'
import type { Delta } from '../../calc/item-store.ts'
import { type Item, itemKey, parseKey } from '../../calc/items.ts'
import type { SetSpec } from '../../calc/ruleset.ts'
import { DeltaTracker } from '../delta-tracker.ts'
import type { ApplyOptions, Driver } from '../driver.ts'
import { fillTransaction } from './fill-transaction.ts'
import { differentFrame, itemFingerprint } from './fingerprint.ts'
import { readTable } from './read-table.ts'

const table: NftTable = { family: 'inet', name: tableName }

/** After so many failures in a row the table is made anew: an incremental change that fails twice will fail again. */
const failuresUntilRebuild = 2

export interface NftDriverOptions {
  readonly socket: NftSocket
  readonly logger: Logger
  /** Called when somebody else changed our table. */
  readonly onForeignChange: () => void
}

/** Counts since the start. */
export interface NftStatistics {
  readonly transactions: number
  readonly rebuilds: number
  readonly reads: number
  readonly failures: number
  readonly foreignChanges: number
}

/** Keeps the table `inet manx` as it should be: one transaction for everything that is pending. No other table is touched. */
export class NftDriver implements Driver {
  readonly name = 'nftables'
  readonly gates = true
  readonly #socket: NftSocket
  readonly #logger: Logger
  readonly #onForeignChange: () => void
  readonly #tracker = new DeltaTracker<Item, string>({ toActual: itemFingerprint, same: (a, b) => a === b })
  readonly #sets = new Map<string, SetSpec>()
  #tablePresent: boolean = false
  #stale: boolean = true
  #failuresInRow = 0
  /** Notifications of our own transactions since the last reading that are still to come. */
  #ownEvents = 0
  /** The last reading shows all transactions up to this one. */
  #generationRead = 0
  #statistics = { transactions: 0, rebuilds: 0, reads: 0, failures: 0, foreignChanges: 0 }

  constructor(options: NftDriverOptions) {
    this.#socket = options.socket
    this.#logger = options.logger
    this.#onForeignChange = options.onForeignChange
  }

  get statistics(): NftStatistics {
    return { ...this.#statistics }
  }

  accept({ key, item }: Delta): void {
    if (item === undefined) {
      this.#tracker.release(key)
      const gone = parseKey(key)
      if (gone?.kind === 'set') this.#sets.delete(gone.name)
      return
    }
    if (item.kind === 'set') this.#sets.set(item.set.name, item.set)
    this.#tracker.want(key, item)
  }

  invalidate(): void {
    this.#stale = true
  }

  settled(key: string): boolean {
    return !this.#stale && this.#tracker.settled(key)
  }

  async apply(options: ApplyOptions): Promise<void> {
    try {
      if (this.#stale) await this.#read()
      await this.#write(options)
      this.#failuresInRow = 0
    } catch (error) {
      this.#failuresInRow++
      this.#statistics.failures++
      this.#stale = true
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
    this.#statistics.reads++
    this.#generationRead = await this.#socket.generation()
    // One of ours that had nothing to change was never reported; counted on, it would hide somebody else's.
    this.#ownEvents = 0
    const dump = await this.#socket.dumpTable(table)
    this.#tablePresent = dump !== undefined
    this.#tracker.replaceActual(dump === undefined ? new Map() : readTable(dump))
  }

  async #write({ sweep }: ApplyOptions): Promise<void> {
    let upserts = this.#tracker.upserts()
    let removals = this.#tracker.removals(sweep).map(([key]) => key)
    if (upserts.length === 0 && removals.length === 0) return
    const misshapen = upserts.filter(([key, item]) => {
      const actual = this.#tracker.actual(key)
      return (
        actual !== undefined &&
        (item.kind === 'chain' || item.kind === 'set') &&
        differentFrame(actual, itemFingerprint(item))
      )
    })
    if (misshapen.length > 0 && !sweep) {
      throw new Error(`table inet ${tableName} has another layout: it can be made anew when everything is known`)
    }
    const transaction = this.#socket.begin()
    const broken = misshapen.length > 0 || this.#failuresInRow >= failuresUntilRebuild
    const rebuild = !this.#tablePresent || (broken && sweep)
    if (rebuild) {
      if (this.#tablePresent) this.#logger.warn(`building nftables table inet ${tableName} anew`)
      transaction.addTable(table)
      if (this.#tablePresent) transaction.deleteTable(table).addTable(table)
      upserts = [...this.#tracker.desiredEntries()]
      removals = []
      this.#statistics.rebuilds++
    }
    fillTransaction(transaction, table, {
      upserts: upserts.map(([, item]) => item),
      removals,
      setOf: (name) => this.#sets.get(name),
      exists: (item) => !rebuild && this.#tracker.actual(itemKey(item)) !== undefined,
    })
    this.#ownEvents++
    try {
      await transaction.commit()
    } catch (error) {
      this.#ownEvents--
      throw error
    }
    this.#statistics.transactions++
    this.#tablePresent = true
    if (rebuild) this.#tracker.replaceActual(new Map(upserts.map(([key, item]) => [key, itemFingerprint(item)])))
    else this.#settle(upserts, removals)
  }

  /** Writes down what the transaction did; what was wanted meanwhile stays pending. */
  #settle(upserts: readonly (readonly [string, Item])[], removals: readonly string[]): void {
    for (const [key, item] of upserts) this.#tracker.setActual(key, itemFingerprint(item))
    for (const key of removals) this.#tracker.setActual(key, undefined)
  }
}
