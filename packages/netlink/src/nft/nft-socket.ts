import { isNetlinkError, NetlinkError } from '../netlink-error.ts'
import { KernelSocket, type KernelSocketOptions } from '../wire/kernel-socket.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import { NETLINK_NETFILTER, NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-socket.ts'
import * as c from './constants.ts'
import { elementsOf, type RawElement, readElements } from './element-message.ts'
import { families } from './names.ts'
import { genericHeader, messageFamily, readChain, readRule, readSet, readTable } from './object-message.ts'
import { type CommitPace, NftTransaction } from './transaction.ts'
import type {
  NftChain,
  NftElement,
  NftRuleEntry,
  NftSet,
  NftSetDump,
  NftTable,
  NftTableDump,
  NftTableEntry,
} from './types.ts'

export type NftSocketOptions = KernelSocketOptions

export interface DumpOptions {
  /** Default true. Elements may be most of the data. */
  readonly elements?: boolean
  /** Default true. */
  readonly rules?: boolean
  /** Default true. False: rules come with their handles and comments only. */
  readonly expressions?: boolean
}

/** nf_tables of one network namespace. */
export interface NftSocket extends Disposable {
  /** Starts a transaction: fill it, then commit() it. Several may be filled at once; the kernel takes them as they are committed. */
  begin(): NftTransaction
  /** Counts the transactions of everyone in the namespace (32 bits, wraps). */
  generation(): Promise<number>
  tables(): Promise<NftTableEntry[]>
  chains(table: NftTable): Promise<(NftChain & { readonly handle: bigint })[]>
  rules(table: NftTable, chain?: string): Promise<NftRuleEntry[]>
  sets(table: NftTable): Promise<(NftSet & { readonly handle: bigint })[]>
  /** Interval sets give ranges back as prefixes where they are one, else `a-b`. */
  elements(set: NftSet): Promise<NftElement[]>
  /** One table as a whole, from one generation (read again when others write meanwhile). Undefined when it is not there. */
  dumpTable(table: NftTable, options?: DumpOptions): Promise<NftTableDump | undefined>
  close(): void
  readonly onClosed: Promise<void>
}

/** How often a table is read again when others commit in between. */
const dumpTries = 20

/** Opens a netfilter netlink socket. It stays bound to the namespace, wherever the process goes. */
export function openNftSocket(options: NftSocketOptions = {}): NftSocket {
  return new KernelNftSocket(options)
}

type Handled<T> = T & { readonly handle: bigint }

class KernelNftSocket extends KernelSocket implements NftSocket {
  readonly #pace: CommitPace = { jumps: undefined }

  constructor(options: NftSocketOptions) {
    super(NETLINK_NETFILTER, options)
  }

  begin(): NftTransaction {
    return new NftTransaction(this.socket, this.#pace)
  }

  generation(): Promise<number> {
    return this.socket.run(() => this.#generation())
  }

  tables(): Promise<NftTableEntry[]> {
    return this.socket.run(() => this.#dump(c.NFT_MSG_GETTABLE, 0, 'tables', () => undefined, readTable))
  }

  chains(table: NftTable): Promise<Handled<NftChain>[]> {
    return this.socket.run(() => this.#chains(table))
  }

  rules(table: NftTable, chain?: string): Promise<NftRuleEntry[]> {
    return this.socket.run(() => this.#rules(table, chain))
  }

  sets(table: NftTable): Promise<Handled<NftSet>[]> {
    return this.socket.run(() => this.#sets(table))
  }

  elements(set: NftSet): Promise<NftElement[]> {
    return this.socket.run(() => this.#elements(set))
  }

  dumpTable(table: NftTable, options: DumpOptions = {}): Promise<NftTableDump | undefined> {
    return this.socket.run(async () => {
      for (let attempt = 1; ; attempt++) {
        const before = await this.#generation()
        const dump = await this.#dumpOnce(table, before, options)
        if ((await this.#generation()) === before && dump !== 'changed') return dump
        if (attempt === dumpTries) {
          throw new NetlinkError({
            errno: 4,
            request: `nf_tables dump of ${table.family} ${table.name}: interrupted by changes ${dumpTries} times`,
          })
        }
      }
    })
  }

  async #dumpOnce(
    table: NftTable,
    generation: number,
    options: DumpOptions,
  ): Promise<NftTableDump | undefined | 'changed'> {
    try {
      const tables = await this.#dump(c.NFT_MSG_GETTABLE, 0, 'tables', () => undefined, readTable)
      const found = tables.find(({ family, name }) => family === table.family && name === table.name)
      if (found === undefined) return undefined
      const chains = await this.#chains(table)
      const rules = new Map<string, NftRuleEntry[]>(chains.map(({ name }) => [name, []]))
      if (options.rules !== false) {
        for (const rule of await this.#rules(table, undefined, options.expressions)) rules.get(rule.chain)?.push(rule)
      }
      const sets = new Map<string, NftSetDump>()
      for (const { handle, ...set } of await this.#sets(table)) {
        const elements = options.elements === false ? [] : await this.#elements(set)
        sets.set(set.name, { set, handle, elements })
      }
      return { table, generation, ...(found.dormant === true ? { dormant: true } : {}), chains, rules, sets }
    } catch (error) {
      // A set that was listed is gone: somebody committed.
      if (isNetlinkError(error, 'ENOENT')) return 'changed'
      throw error
    }
  }

  #chains(table: NftTable): Promise<Handled<NftChain>[]> {
    const family = families.numbers[table.family]
    return this.#dump(
      c.NFT_MSG_GETCHAIN,
      family,
      'chains',
      () => undefined,
      (message) => readChain(message, table),
    )
  }

  async #rules(table: NftTable, chain?: string, expressions = true): Promise<NftRuleEntry[]> {
    const { writer } = this.socket
    const write = () => {
      writer.attrString(c.NFTA_RULE_TABLE, table.name)
      if (chain !== undefined) writer.attrString(c.NFTA_RULE_CHAIN, chain)
    }
    const family = families.numbers[table.family]
    return await this.#dump(c.NFT_MSG_GETRULE, family, 'rules', write, (message) =>
      readRule(message, table, expressions),
    )
  }

  #sets(table: NftTable): Promise<Handled<NftSet>[]> {
    const { writer } = this.socket
    const write = () => writer.attrString(c.NFTA_SET_TABLE, table.name)
    const family = families.numbers[table.family]
    return this.#dump(c.NFT_MSG_GETSET, family, `sets of ${table.name}`, write, (message) => readSet(message, table))
  }

  async #elements(set: NftSet): Promise<NftElement[]> {
    const { writer } = this.socket
    const write = () => {
      writer.attrString(c.NFTA_SET_ELEM_LIST_TABLE, set.table.name)
      writer.attrString(c.NFTA_SET_ELEM_LIST_SET, set.name)
    }
    const family = families.numbers[set.table.family]
    const words = `elements of ${set.table.name} ${set.name}`
    const lists = await this.#dump(c.NFT_MSG_GETSETELEM, family, words, write, readElementList)
    return elementsOf(set, lists.flat())
  }

  async #generation(): Promise<number> {
    const { socket } = this
    const { writer } = socket
    writer.truncate()
    const sequence = socket.nextSequence()
    beginNft(writer, c.NFT_MSG_GETGEN, NLM_F_REQUEST, 0, sequence)
    writer.endMessage(0)
    const describe = () => 'nf_tables generation'
    const generation = await socket.get(writer.bytes(), sequence, describe, readGeneration, [])
    if (generation === undefined) throw new NetlinkError({ errno: 11, request: `${describe()}: no answer` })
    return generation
  }

  #dump<T>(
    type: number,
    family: number,
    words: string,
    write: () => void,
    read: (message: MessageReader) => T | undefined,
  ): Promise<T[]> {
    return this.collect({
      write: (writer, sequence) => {
        beginNft(writer, type, NLM_F_REQUEST | NLM_F_DUMP, family, sequence)
        write()
        writer.endMessage(0)
      },
      describe: () => `nf_tables dump of ${words}`,
      read: (message) => {
        // Family 0 asks for all; the kernel may answer with more than was asked for.
        if (family !== 0 && message.u8(0) !== family) return undefined
        return messageFamily(message) === undefined ? undefined : read(message)
      },
    })
  }
}

function beginNft(writer: MessageWriter, type: number, flags: number, family: number, sequence: number): void {
  writer.beginMessage((c.NFNL_SUBSYS_NFTABLES << 8) | type, flags, sequence)
  writer.u8(family)
  writer.u8(0)
  writer.u16be(0)
}

function readElementList(message: MessageReader): RawElement[] {
  const raw: RawElement[] = []
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    if (attributes.type === c.NFTA_SET_ELEM_LIST_ELEMENTS) readElements(attributes.nested(), raw)
  }
  return raw
}

function readGeneration(message: MessageReader): number {
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) if (attributes.type === c.NFTA_GEN_ID) return attributes.u32be()
  return 0
}
