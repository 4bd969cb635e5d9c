import { closeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { inNamespace } from '../namespace.ts'
import { NetlinkError } from '../netlink-error.ts'
import { netlinkSocket, receive, send, sendOffLoop, setSocketOption } from '../syscalls.ts'
import { extendedAck } from './extended-ack.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'

export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12

export const NLM_F_REQUEST = 0x1
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
const NLM_F_DUMP_INTR = 0x10

const NLMSG_ERROR = 2
const NLMSG_DONE = 3

const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12

const defaultBuffer = 8 * 1024 * 1024
/** Dumps of others' fast changes are read again this many times before giving up. */
const dumpTries = 10
/** Datagrams (16 to 32 KiB each) of a dump that are read before the event loop gets a turn. */
const datagramsPerTurn = 16

// The kernel fills at most 32 KiB per datagram of a dump; parsing never outlives the call that received, so one buffer serves all.
const reader = new MessageReader(new Uint8Array(256 * 1024))

/** Off-loop route requests in flight: others would wait for the kernel's rtnl lock, so they go off the loop too. */
let slowRouteRequests = 0

export interface NetlinkSocketOptions {
  readonly namespace?: string | undefined
  readonly receiveBuffer?: number | undefined
}

/** An answer to one message of a batch; errno 0 is an acknowledgement. */
export type OnAck = (sequence: number, errno: number, detail: string | undefined) => void

/** One netlink socket whose users take turns: each exchange is whole before the next begins. */
export class NetlinkSocket {
  readonly fd: number
  /** Belongs to the exchange that runs. */
  readonly writer = new MessageWriter(8 * 1024)
  readonly onClosed: Promise<void>
  readonly #protocol: number
  #sendBuffer: number
  #sequence = 0
  #tail: Promise<unknown> = Promise.resolve()
  #closed: boolean = false
  #resolveClosed: () => void = () => undefined

  constructor(protocol: number, options: NetlinkSocketOptions = {}) {
    const { namespace, receiveBuffer = defaultBuffer } = options
    this.#protocol = protocol
    this.fd = namespace === undefined ? netlinkSocket(protocol) : inNamespace(namespace, () => netlinkSocket(protocol))
    this.onClosed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    // Each is an improvement only: without them (no CAP_NET_ADMIN over the machine) the limits are lower and errors have fewer words.
    setSocketOption(this.fd, SOL_NETLINK, NETLINK_CAP_ACK, 1)
    setSocketOption(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, 1)
    setSocketOption(this.fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
    this.#setBuffer(SO_RCVBUFFORCE, SO_RCVBUF, receiveBuffer)
    this.#setBuffer(SO_SNDBUFFORCE, SO_SNDBUF, defaultBuffer)
    this.#sendBuffer = defaultBuffer
  }

  #setBuffer(force: number, plain: number, size: number): void {
    if (!setSocketOption(this.fd, SOL_SOCKET, force, size)) setSocketOption(this.fd, SOL_SOCKET, plain, size)
  }

  /** A number for the next message. Never 0, which events have. */
  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0 || 1
    return this.#sequence
  }

  /** Runs a task when all earlier ones are done. Only a task may use the writer and exchange messages. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new NetlinkError({ errno: 9, request: 'use of a closed netlink socket' }))
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Sends what is given and hands each answer on, until the message with the last sequence number was acknowledged or refused. */
  async exchange(
    bytes: Uint8Array,
    lastSequence: number,
    request: string,
    onAck: OnAck,
    offLoop = false,
  ): Promise<void> {
    await this.#send(bytes, request, offLoop)
    let answered = false
    let refused = false
    while (!answered) {
      if (!this.#receive(request)) {
        // A batch that is refused as a whole (EPERM) has no answer to its last message.
        if (refused) return
        throw new NetlinkError({ errno: 11, request: `${request}: the kernel did not answer` })
      }
      while (reader.next()) {
        if (reader.type !== NLMSG_ERROR) continue
        const errno = -reader.i32(0)
        if (errno !== 0) refused = true
        onAck(reader.sequence, errno, extendedAck(reader, false))
        if (reader.sequence === lastSequence) answered = true
      }
    }
  }

  /** One message that wants only an acknowledgement; throws what the kernel answered. `describe` is called on failure only. */
  async request(bytes: Uint8Array, sequence: number, describe: () => string, offLoop = false): Promise<void> {
    let failure: NetlinkError | undefined
    const onAck: OnAck = (answered, errno, detail) => {
      if (errno !== 0 && answered === sequence) failure = new NetlinkError({ errno, request: describe(), detail })
    }
    await this.exchange(bytes, sequence, 'netlink request', onAck, offLoop)
    if (failure !== undefined) throw failure
  }

  /** One message that is answered by another; undefined when the kernel answers one of the given errors. */
  async get<T>(
    bytes: Uint8Array,
    sequence: number,
    describe: () => string,
    decode: (message: MessageReader) => T,
    absent: readonly number[],
  ): Promise<T | undefined> {
    await this.#send(bytes, describe(), false)
    let result: T | undefined
    for (;;) {
      if (!this.#receive(describe())) return result
      while (reader.next()) {
        if (reader.sequence !== sequence) continue
        if (reader.type !== NLMSG_ERROR) {
          result = decode(reader)
          continue
        }
        const errno = -reader.i32(0)
        if (absent.includes(errno)) return undefined
        if (errno !== 0) throw new NetlinkError({ errno, request: describe(), detail: extendedAck(reader, false) })
      }
      if (result !== undefined) return result
    }
  }

  /**
   * A dump, read again when the kernel says that it was interrupted by a change. `start` is called before each try and
   * writes the request; `onMessage` gets each entry. The kernel looks for the first entries within the send: `offLoop` is for
   * dumps that look long.
   */
  async dump(
    start: (sequence: number) => Uint8Array,
    describe: () => string,
    onMessage: (message: MessageReader) => void,
    offLoop = false,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      // Late tries do not give the loop a turn in between, so that our own process cannot be the one who disturbs.
      if (await this.#dumpOnce(start, describe, onMessage, attempt <= dumpTries / 2, offLoop)) return
      if (attempt === dumpTries) {
        throw new NetlinkError({ errno: 4, request: `${describe()}: interrupted by changes ${dumpTries} times` })
      }
    }
  }

  async #dumpOnce(
    start: (sequence: number) => Uint8Array,
    describe: () => string,
    onMessage: (message: MessageReader) => void,
    yields: boolean,
    offLoop: boolean,
  ): Promise<boolean> {
    const sequence = this.nextSequence()
    await this.#send(start(sequence), describe(), offLoop)
    let consistent = true
    for (let datagrams = 1; ; datagrams++) {
      if (yields && datagrams % datagramsPerTurn === 0) await nextTurn()
      if (!this.#receive(describe())) {
        throw new NetlinkError({ errno: 11, request: `${describe()}: the dump has no end` })
      }
      while (reader.next()) {
        if (reader.sequence !== sequence) continue
        if ((reader.flags & NLM_F_DUMP_INTR) !== 0) consistent = false
        if (reader.type === NLMSG_DONE || reader.type === NLMSG_ERROR) {
          const errno = reader.end - reader.offset >= 4 ? -reader.i32(0) : 0
          // nf_tables ends a dump with EINTR where rtnetlink sets the flag.
          if (errno === 4) return false
          if (errno !== 0) {
            const detail = extendedAck(reader, reader.type === NLMSG_DONE)
            throw new NetlinkError({ errno, request: describe(), detail })
          }
          return consistent
        }
        onMessage(reader)
      }
    }
  }

  async #send(bytes: Uint8Array, request: string, offLoop: boolean): Promise<void> {
    if (bytes.length * 2 > this.#sendBuffer) {
      this.#sendBuffer = bytes.length * 2
      this.#setBuffer(SO_SNDBUFFORCE, SO_SNDBUF, this.#sendBuffer)
    }
    const route = this.#protocol === NETLINK_ROUTE
    if (!offLoop && !(route && slowRouteRequests > 0)) {
      send(this.fd, bytes, request)
      return
    }
    if (route) slowRouteRequests++
    try {
      await sendOffLoop(this.fd, bytes, request)
    } finally {
      if (route) slowRouteRequests--
    }
  }

  #receive(request: string): boolean {
    const length = receive(this.fd, reader.bytes)
    if (length > reader.bytes.length) {
      throw new NetlinkError({ errno: 90, request: `${request}: answer of ${length} bytes` })
    }
    reader.reset(length)
    return length >= 0
  }

  /** Ends the socket when the tasks that wait are done. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    void this.#tail.then(() => {
      closeSync(this.fd)
      this.#resolveClosed()
    })
  }
}
