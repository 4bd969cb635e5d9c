import { setImmediate as nextTurn } from 'node:timers/promises'
import { ipBytes } from '../ip-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import { KernelSocket, type KernelSocketOptions } from '../wire/kernel-socket.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import { NETLINK_NETFILTER, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-socket.ts'
import {
  addressKey,
  beginConntrack,
  type Direction,
  entryFamily,
  familyOf,
  readEntry,
  writeIdentity,
  writeMark,
  writeSourceFilter,
  writeTuple,
} from './conntrack-message.ts'
import * as c from './constants.ts'
import type { ConntrackEntry, ConntrackFilter, MaskedMark } from './types.ts'

export type ConntrackSocketOptions = KernelSocketOptions

/** Connection tracking of one network namespace. */
export interface ConntrackSocket extends Disposable {
  /**
   * The entries that the filter lets through, each once. The kernel looks through its whole table for each of a few
   * addresses, off the event loop; for many at once the table is read here. Entries made meanwhile may be missed.
   */
  entries(filter?: ConntrackFilter): Promise<ConntrackEntry[]>
  /** Sets bits of the entries' marks; returns how many were still there. */
  setMark(entries: readonly ConntrackEntry[], mark: MaskedMark): Promise<number>
  /** Returns how many were still there. */
  delete(entries: readonly ConntrackEntry[]): Promise<number>
  /**
   * Deletes all entries whose original source or reply source is one of these addresses (text, both families may be mixed);
   * returns how many. End first what makes new ones.
   */
  deleteBySource(addresses: readonly string[]): Promise<number>
  close(): void
  readonly onClosed: Promise<void>
}

/** From so many addresses of a family on, one reading of everything is less work than two walks of the kernel for each. */
const manyAddresses = 8
/** Changes in one send; about 0.5 ms. */
const changesPerSend = 200
const ENOENT = 2
const anyFamily = 0

/** Opens a netfilter netlink socket for conntrack. It stays bound to the namespace, wherever the process goes. */
export function openConntrackSocket(options: ConntrackSocketOptions = {}): ConntrackSocket {
  return new KernelConntrackSocket(options)
}

interface Walk {
  readonly family: number
  /** Read here, unless the kernel does it by `direction`. */
  readonly addresses?: readonly Uint8Array[]
  readonly direction?: Direction
  readonly mark?: MaskedMark | undefined
}

class KernelConntrackSocket extends KernelSocket implements ConntrackSocket {
  constructor(options: ConntrackSocketOptions) {
    super(NETLINK_NETFILTER, options)
  }

  async entries(filter: ConntrackFilter = {}): Promise<ConntrackEntry[]> {
    const { addresses: texts, mark } = filter
    const addresses = texts?.map((text) => ipBytes(text, 'conntrack entries'))
    return await this.socket.run(() => this.#find(addresses, mark))
  }

  async setMark(entries: readonly ConntrackEntry[], mark: MaskedMark): Promise<number> {
    const write = (writer: MessageWriter, { identity }: ConntrackEntry) => {
      writeTuple(writer, identity)
      writeMark(writer, mark)
    }
    return await this.socket.run(() => this.#change(c.IPCTNL_MSG_CT_NEW, 'marking', entries, write))
  }

  async delete(entries: readonly ConntrackEntry[]): Promise<number> {
    return await this.socket.run(() => this.#delete(entries))
  }

  async deleteBySource(texts: readonly string[]): Promise<number> {
    const addresses = texts.map((text) => ipBytes(text, 'conntrack deletion'))
    return await this.socket.run(async () => await this.#delete(await this.#find(addresses, undefined)))
  }

  async #find(addresses: readonly Uint8Array[] | undefined, mark: MaskedMark | undefined): Promise<ConntrackEntry[]> {
    if (addresses === undefined) return await this.#walk({ family: anyFamily, mark })
    // An entry may be found by both of its sources.
    const found = new Map<string, ConntrackEntry>()
    for (const walk of walksFor(addresses)) {
      for (const entry of await this.#walk({ ...walk, mark })) found.set(identityKey(entry), entry)
    }
    return [...found.values()]
  }

  #walk({ family, addresses, direction, mark }: Walk): Promise<ConntrackEntry[]> {
    const keys = addresses === undefined ? undefined : new Set(addresses.map(addressKey))
    const [first] = addresses ?? []
    return this.collect({
      write: (writer, sequence) => {
        const message = beginConntrack(writer, c.IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP, family, sequence)
        if (direction !== undefined && first !== undefined) writeSourceFilter(writer, first, direction)
        if (mark !== undefined) writeMark(writer, mark)
        writer.endMessage(message)
      },
      describe: () => 'conntrack dump',
      read: (message) => {
        const entry = readEntry(message, keys)
        return entry !== undefined && carries(entry, mark) ? entry : undefined
      },
      // A filtered walk ends within the send unless it finds much.
      offLoop: true,
    })
  }

  #delete(entries: readonly ConntrackEntry[]): Promise<number> {
    return this.#change(c.IPCTNL_MSG_CT_DELETE, 'deletion', entries, (writer, { identity }) =>
      writeIdentity(writer, identity),
    )
  }

  async #change(
    type: number,
    words: string,
    entries: readonly ConntrackEntry[],
    write: (writer: MessageWriter, entry: ConntrackEntry) => void,
  ): Promise<number> {
    let changed = 0
    for (let from = 0; from < entries.length; from += changesPerSend) {
      if (from > 0) await nextTurn()
      changed += await this.#changeSome(type, words, entries.slice(from, from + changesPerSend), write)
    }
    return changed
  }

  async #changeSome(
    type: number,
    words: string,
    entries: readonly ConntrackEntry[],
    write: (writer: MessageWriter, entry: ConntrackEntry) => void,
  ): Promise<number> {
    const { socket } = this
    const { writer } = socket
    let start = 0
    let sequence = 0
    writer.truncate()
    for (const entry of entries) {
      sequence = socket.nextSequence()
      start = beginConntrack(writer, type, NLM_F_REQUEST, entryFamily(entry), sequence)
      write(writer, entry)
      writer.endMessage(start)
    }
    // The kernel reports errors of the others unasked, so one acknowledgement says that all were read.
    writer.addFlags(start, NLM_F_ACK)
    const request = `conntrack ${words} of ${entries.length} entries`
    let missing = 0
    let failure: NetlinkError | undefined
    await socket.exchange(writer.bytes(), sequence, request, (_, errno, detail) => {
      // It ended by itself.
      if (errno === ENOENT) missing++
      else if (errno !== 0) failure ??= new NetlinkError({ errno, request, detail })
    })
    if (failure !== undefined) throw failure
    return entries.length - missing
  }
}

function* walksFor(addresses: readonly Uint8Array[]): Generator<Walk> {
  for (const length of [4, 16]) {
    const wanted = addresses.filter((bytes) => bytes.length === length)
    const [first] = wanted
    if (first === undefined) continue
    const family = familyOf(first)
    if (wanted.length >= manyAddresses) yield { family, addresses: wanted }
    else {
      for (const address of wanted) {
        for (const direction of ['original', 'reply'] as const) yield { family, addresses: [address], direction }
      }
    }
  }
}

/** Kernels that do not know a filter ignore it. */
const carries = (entry: ConntrackEntry, mark: MaskedMark | undefined): boolean =>
  mark === undefined || (entry.mark & mark.mask) >>> 0 === mark.value >>> 0

const identityKey = ({ family, identity: { original, zone } }: ConntrackEntry): string =>
  `${family}${addressKey(original)}${zone === undefined ? '' : addressKey(zone)}`
