import { isNetlinkError, NetlinkError } from '../netlink-error.ts'
import { MessageWriter, maxAttributePayload } from '../wire/message-writer.ts'
import {
  type NetlinkSocket,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from '../wire/netlink-socket.ts'
import * as c from './constants.ts'
import { writeElement } from './element-message.ts'
import { families } from './names.ts'
import {
  writeAwakeTable,
  writeChain,
  writeChainName,
  writeRule,
  writeRuleHandle,
  writeSet,
  writeSetName,
  writeTable,
} from './object-message.ts'
import { setShape } from './set-shape.ts'
import type { NftChain, NftElement, NftKey, NftRule, NftSet, NftTable } from './types.ts'

type ChainName = Pick<NftChain, 'table' | 'name'>
type SetName = Pick<NftSet, 'table' | 'name'>

/** What one socket's transactions know of each other. */
export interface CommitPace {
  /** Milliseconds of the last small transaction that added jumps; undefined: there was none. */
  jumps: number | undefined
}

/** Above this the kernel is busy for longer than a turn of the event loop should take (45 bytes of batch are about 2 µs). */
const offLoopBytes = 32 * 1024
/** The kernel walks the graph of chains when jumps are added. While that is short, waiting for a thread would be longer. */
const shortWalk = 2
/** A list of elements ends here and goes on in another message: attribute lengths have 16 bits. One element is far shorter than the rest. */
const listLimit = maxAttributePayload - 2048

interface Operation {
  readonly words: string
  readonly table: NftTable
  readonly name?: string | undefined
  readonly handle?: bigint | undefined
}

/**
 * Operations that the kernel does all together or not at all, in the order of the calls. Each call encodes at once and
 * throws NetlinkError (EINVAL) for what cannot be encoded, leaving the transaction as it was. Calls can be chained.
 */
export class NftTransaction {
  readonly #socket: NetlinkSocket
  readonly #writer = new MessageWriter(4096)
  readonly #begin: number
  readonly #operations = new Map<number, Operation>()
  #size = 0
  #last = -1
  #lastSequence = 0
  #sets = 0
  readonly #pace: CommitPace
  #addsJumps: boolean = false
  #committed: boolean = false

  constructor(socket: NetlinkSocket, pace: CommitPace) {
    this.#socket = socket
    this.#pace = pace
    this.#begin = socket.nextSequence()
    this.#batchMessage(c.NFNL_MSG_BATCH_BEGIN, this.#begin)
  }

  /** Operations so far. */
  get size(): number {
    return this.#size
  }

  /** Encoded bytes so far. */
  get bytes(): number {
    return this.#writer.length
  }

  #batchMessage(type: number, sequence: number): void {
    const start = this.#writer.beginMessage(type, NLM_F_REQUEST, sequence)
    this.#writer.u8(0)
    this.#writer.u8(0)
    // The subsystem, in network order.
    this.#writer.u16be(c.NFNL_SUBSYS_NFTABLES)
    this.#writer.endMessage(start)
  }

  #add(type: number, flags: number, operation: Operation, write: (writer: MessageWriter) => void): this {
    const writer = this.#writer
    const start = writer.length
    const sequence = this.#socket.nextSequence()
    try {
      writer.beginMessage((c.NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F_REQUEST | flags, sequence)
      writer.u8(families.numbers[operation.table.family])
      writer.u8(0)
      writer.u16be(0)
      write(writer)
      writer.endMessage(start)
    } catch (error) {
      writer.truncate(start)
      if (error instanceof RangeError) {
        throw new NetlinkError({ errno: 22, request: describe(operation), detail: error.message })
      }
      if (!isNetlinkError(error)) throw error
      throw new NetlinkError({ errno: error.errno, request: describe(operation), detail: error.request })
    }
    this.#operations.set(sequence, operation)
    this.#last = start
    this.#lastSequence = sequence
    this.#size++
    return this
  }

  /** Creates; no error when it is there. */
  addTable(table: NftTable): this {
    return this.#add(c.NFT_MSG_NEWTABLE, NLM_F_CREATE, { words: 'add table', table }, (w) => writeTable(w, table))
  }

  /** Has the chains of a table that is dormant hooked again, as they are. */
  wakeTable(table: NftTable): this {
    return this.#add(c.NFT_MSG_NEWTABLE, NLM_F_CREATE, { words: 'wake table', table }, (w) => writeAwakeTable(w, table))
  }

  /** Deletes with all it contains. ENOENT when absent: `addTable(t).deleteTable(t)` is the safe order. */
  deleteTable(table: NftTable): this {
    return this.#add(c.NFT_MSG_DELTABLE, 0, { words: 'delete table', table }, (w) => writeTable(w, table))
  }

  /** Creates; no error when it is there in the same form. The policy of a base chain is changed when it differs. */
  addChain(chain: NftChain): this {
    const { table, name } = chain
    return this.#add(c.NFT_MSG_NEWCHAIN, NLM_F_CREATE, { words: 'add chain', table, name }, (w) => writeChain(w, chain))
  }

  /** EBUSY while a rule or verdict map refers to it. Flush it before. */
  deleteChain(chain: ChainName): this {
    const { table, name } = chain
    const operation = { words: 'delete chain', table, name }
    return this.#add(c.NFT_MSG_DELCHAIN, 0, operation, (w) => writeChainName(w, chain))
  }

  /** Deletes all its rules. */
  flushChain(chain: ChainName): this {
    const { table, name } = chain
    return this.#add(c.NFT_MSG_DELRULE, 0, { words: 'flush chain', table, name }, (w) =>
      writeRuleHandle(w, { table, chain: name }),
    )
  }

  /** Appends. */
  addRule(rule: NftRule): this {
    return this.#rule('add rule to chain', NLM_F_CREATE | NLM_F_APPEND, rule)
  }

  /** Puts the rule before all others of its chain, or before the one of the handle. */
  insertRule(rule: NftRule, before?: bigint): this {
    return this.#rule('insert rule into chain', NLM_F_CREATE, rule, undefined, before)
  }

  replaceRule(rule: NftRule, handle: bigint): this {
    return this.#rule('replace rule of chain', NLM_F_REPLACE, rule, handle)
  }

  #rule(words: string, flags: number, rule: NftRule, handle?: bigint, position?: bigint): this {
    const operation = { words, table: rule.table, name: rule.chain, handle: handle ?? position }
    if (rule.expressions.some(jumps)) this.#addsJumps = true
    return this.#add(c.NFT_MSG_NEWRULE, flags, operation, (w) => writeRule(w, rule, handle, position))
  }

  deleteRule(rule: Pick<NftRule, 'table' | 'chain'>, handle: bigint): this {
    const operation = { words: 'delete rule of chain', table: rule.table, name: rule.chain, handle }
    return this.#add(c.NFT_MSG_DELRULE, 0, operation, (w) => writeRuleHandle(w, rule, handle))
  }

  /** Creates; no error when it is there in the same form. */
  addSet(set: NftSet): this {
    const { table, name } = set
    const id = ++this.#sets
    return this.#add(c.NFT_MSG_NEWSET, NLM_F_CREATE, { words: 'add set', table, name }, (w) => writeSet(w, set, id))
  }

  deleteSet(set: SetName): this {
    const { table, name } = set
    return this.#add(c.NFT_MSG_DELSET, 0, { words: 'delete set', table, name }, (w) => writeSetName(w, set))
  }

  /** Deletes all its elements. */
  flushSet(set: SetName): this {
    const { table, name } = set
    return this.#add(c.NFT_MSG_DELSETELEM, 0, { words: 'flush set', table, name }, (w) => writeElementsOf(w, set))
  }

  /** For sets: keys or elements. No error when a key is there (with the same data). Split as the 64 KiB attribute limit needs it. */
  addElements(set: NftSet, elements: Iterable<NftElement | NftKey>): this {
    if (setShape(set).verdictMap) this.#addsJumps = true
    return this.#elements(c.NFT_MSG_NEWSETELEM, NLM_F_CREATE, 'add elements to set', set, elements, false)
  }

  /** ENOENT when one is absent. In interval sets an element must be the same range that was added. */
  deleteElements(set: NftSet, elements: Iterable<NftElement | NftKey>): this {
    return this.#elements(c.NFT_MSG_DELSETELEM, 0, 'delete elements of set', set, elements, true)
  }

  #elements(
    type: number,
    flags: number,
    words: string,
    set: NftSet,
    elements: Iterable<NftElement | NftKey>,
    deletion: boolean,
  ): this {
    const operation: Operation = { words, table: set.table, name: set.name }
    const rest = elements[Symbol.iterator]()
    let next = rest.next()
    // A list without elements would mean all elements in a deletion.
    while (next.done !== true) {
      this.#add(type, flags, operation, (writer) => {
        writeElementsOf(writer, set)
        const list = writer.beginNested(c.NFTA_SET_ELEM_LIST_ELEMENTS)
        while (next.done !== true && writer.length - list < listLimit) {
          writeElement(writer, set, next.value, deletion)
          next = rest.next()
        }
        writer.endNested(list)
      })
    }
    return this
  }

  /**
   * Sends all in one batch; off the event loop when it keeps the kernel busy. Rejects with NetlinkError naming the operation
   * that failed; then nothing was changed. May be called once. An empty transaction does nothing.
   */
  commit(): Promise<void> {
    if (this.#committed) return Promise.reject(new Error('this nf_tables transaction was committed already'))
    this.#committed = true
    if (this.#last < 0) return Promise.resolve()
    const writer = this.#writer
    writer.addFlags(this.#last, NLM_F_ACK)
    this.#batchMessage(c.NFNL_MSG_BATCH_END, this.#socket.nextSequence())
    const long = writer.length > offLoopBytes
    return this.#socket.run(async () => {
      const offLoop = long || (this.#addsJumps && (this.#pace.jumps ?? shortWalk) >= shortWalk)
      const start = performance.now()
      let failure: NetlinkError | undefined
      let failures = 0
      const request = `nf_tables transaction of ${this.#size} operations`
      const onAck = (sequence: number, errno: number, detail: string | undefined) => {
        const operation = this.#operations.get(sequence)
        if (errno === 0 || (operation === undefined && sequence !== this.#begin)) return
        failures++
        // The first is the cause; what depends on it fails, too. An error of the batch itself has the number of its begin.
        failure ??= new NetlinkError({ errno, request: operation ? describe(operation) : request, detail })
      }
      await this.#socket.exchange(writer.bytes(), this.#lastSequence, request, onAck, offLoop)
      if (this.#addsJumps && !long) this.#pace.jumps = performance.now() - start
      if (failure === undefined) return
      if (failures === 1) throw failure
      const detail = [failure.detail, `and ${failures - 1} more of ${this.#size} operations failed`]
      throw new NetlinkError({
        errno: failure.errno,
        request: failure.request,
        detail: detail.filter((part) => part !== undefined).join('; '),
      })
    })
  }
}

function jumps(expression: NftRule['expressions'][number]): boolean {
  if (expression.type === 'lookup') return expression.destination === 'verdict'
  return expression.type === 'verdict' && 'chain' in expression.verdict
}

function writeElementsOf(writer: MessageWriter, set: SetName): void {
  writer.attrString(c.NFTA_SET_ELEM_LIST_TABLE, set.table.name)
  writer.attrString(c.NFTA_SET_ELEM_LIST_SET, set.name)
}

function describe({ words, table, name, handle }: Operation): string {
  const object = name === undefined ? '' : ` ${name}`
  const at = handle === undefined ? '' : ` handle ${handle}`
  return `nf_tables ${words} ${table.family} ${table.name}${object}${at}`
}
