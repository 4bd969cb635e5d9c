import { setImmediate as nextTurn } from 'node:timers/promises'
import { ipBytes } from '../ip-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import { NETLINK_NETFILTER, NetlinkSocket, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-socket.ts'
import {
  addressKey,
  beginConntrack,
  type ConntrackEntry,
  type Direction,
  familyOf,
  readEntryOf,
  writeEntry,
  writeSourceFilter,
} from './conntrack-message.ts'
import * as c from './constants.ts'

export interface ConntrackSocketOptions {
  /** Path of the network namespace to work in; absent: the caller's own. */
  readonly namespace?: string
}

/** Connection tracking of one network namespace. */
export interface ConntrackSocket extends Disposable {
  /**
   * Deletes all entries whose original source or reply source is one of these addresses (text, both families may be mixed);
   * returns how many. The kernel looks through its whole table for each of a few addresses, off the event loop; of many at
   * once the table is read here. Entries made meanwhile may be missed: end what makes them first.
   */
  deleteBySource(addresses: readonly string[]): Promise<number>
  close(): void
  readonly onClosed: Promise<void>
}

/** From so many addresses of a family on, one reading of everything is less work than two walks of the kernel for each. */
const manyAddresses = 8
/** Deletions in one send; about 0.5 ms. */
const deletionsPerSend = 200
const ENOENT = 2

/** Opens a netfilter netlink socket for conntrack. It stays bound to the namespace, wherever the process goes. */
export function openConntrackSocket(options: ConntrackSocketOptions = {}): ConntrackSocket {
  return new KernelConntrackSocket(options)
}

class KernelConntrackSocket implements ConntrackSocket {
  readonly #socket: NetlinkSocket

  constructor(options: ConntrackSocketOptions) {
    this.#socket = new NetlinkSocket(NETLINK_NETFILTER, options)
  }

  get onClosed(): Promise<void> {
    return this.#socket.onClosed
  }

  close(): void {
    this.#socket.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async deleteBySource(addresses: readonly string[]): Promise<number> {
    const all = [...new Map(addresses.map((text) => [text, ipBytes(text, 'conntrack deletion')])).values()]
    return await this.#socket.run(async () => {
      let deleted = 0
      for (const length of [4, 16]) {
        const wanted = all.filter((bytes) => bytes.length === length)
        deleted += await this.#delete(await this.#find(wanted))
      }
      return deleted
    })
  }

  async #find(addresses: readonly Uint8Array[]): Promise<ConntrackEntry[]> {
    const [first] = addresses
    if (first === undefined) return []
    if (addresses.length >= manyAddresses) return await this.#dump(addresses, familyOf(first))
    const found: ConntrackEntry[] = []
    for (const address of addresses) {
      for (const direction of ['original', 'reply'] as const) {
        found.push(...(await this.#dump([address], familyOf(address), direction)))
      }
    }
    return found
  }

  async #dump(addresses: readonly Uint8Array[], family: number, filter?: Direction): Promise<ConntrackEntry[]> {
    const { writer } = this.#socket
    const keys = new Set(addresses.map(addressKey))
    const [first] = addresses
    let entries: ConntrackEntry[] = []
    const start = (sequence: number) => {
      entries = []
      writer.truncate()
      const message = beginConntrack(writer, c.IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP, family, sequence)
      if (filter !== undefined && first !== undefined) writeSourceFilter(writer, first, filter)
      writer.endMessage(message)
      return writer.bytes()
    }
    await this.#socket.dump(
      start,
      () => 'conntrack dump',
      (message) => {
        const entry = readEntryOf(message, keys)
        if (entry !== undefined) entries.push(entry)
      },
      // A filtered walk ends within the send unless it finds much.
      true,
    )
    return entries
  }

  async #delete(entries: readonly ConntrackEntry[]): Promise<number> {
    let deleted = 0
    for (let from = 0; from < entries.length; from += deletionsPerSend) {
      if (from > 0) await nextTurn()
      deleted += await this.#deleteSome(entries.slice(from, from + deletionsPerSend))
    }
    return deleted
  }

  async #deleteSome(entries: readonly ConntrackEntry[]): Promise<number> {
    const socket = this.#socket
    const { writer } = socket
    let start = 0
    let sequence = 0
    writer.truncate()
    for (const entry of entries) {
      sequence = socket.nextSequence()
      start = beginConntrack(writer, c.IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST, entry.family, sequence)
      writeEntry(writer, entry)
      writer.endMessage(start)
    }
    // The kernel reports errors of the others unasked, so one acknowledgement says that all were read.
    writer.addFlags(start, NLM_F_ACK)
    const request = `conntrack deletion of ${entries.length} entries`
    let missing = 0
    let failure: NetlinkError | undefined
    await socket.exchange(writer.bytes(), sequence, request, (_, errno, detail) => {
      // It ended by itself, or was found by both of its sources.
      if (errno === ENOENT) missing++
      else if (errno !== 0) failure ??= new NetlinkError({ errno, request, detail })
    })
    if (failure !== undefined) throw failure
    return entries.length - missing
  }
}
