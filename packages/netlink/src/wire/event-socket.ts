import { closeSync } from 'node:fs'
import { inNamespace } from '../namespace.ts'
import { isNetlinkError } from '../netlink-error.ts'
import { joinGroup, netlinkSocket, type PollHandle, pollReadable, receive, setSocketOption } from '../syscalls.ts'
import { MessageReader } from './message-reader.ts'

const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const defaultBuffer = 8 * 1024 * 1024
/** Datagrams read before the event loop gets a turn. */
const datagramsPerTurn = 4096

export interface EventSocketOptions {
  readonly protocol: number
  readonly groups: readonly number[]
  readonly namespace?: string | undefined
  readonly receiveBuffer?: number | undefined
  onMessage(message: MessageReader): void
  /** The kernel dropped messages (ENOBUFS). Those that came before were handed over. */
  onOverrun(): void
  /** All that was there has been read. */
  onDrained(): void
}

/** A netlink socket that only listens to multicast groups. */
export class EventSocket {
  readonly #fd: number
  readonly #poll: PollHandle
  readonly #options: EventSocketOptions
  readonly #reader = new MessageReader(new Uint8Array(64 * 1024))
  #closed: boolean = false

  constructor(options: EventSocketOptions) {
    const { protocol, groups, namespace, receiveBuffer = defaultBuffer } = options
    this.#options = options
    this.#fd = namespace === undefined ? netlinkSocket(protocol) : inNamespace(namespace, () => netlinkSocket(protocol))
    if (!setSocketOption(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer)) {
      setSocketOption(this.#fd, SOL_SOCKET, SO_RCVBUF, receiveBuffer)
    }
    try {
      for (const group of groups) joinGroup(this.#fd, group)
    } catch (error) {
      // Who cannot hear of changes must not go on as if there were none.
      closeSync(this.#fd)
      throw error
    }
    this.#poll = pollReadable(this.#fd, () => this.#read())
  }

  #read(): void {
    for (let count = 0; count < datagramsPerTurn && !this.#closed; count++) {
      let length: number
      try {
        length = receive(this.#fd, this.#reader.bytes)
      } catch (error) {
        if (!isNetlinkError(error, 'ENOBUFS')) throw error
        this.#options.onOverrun()
        continue
      }
      if (length < 0) break
      this.#reader.reset(length)
      while (this.#reader.next()) this.#options.onMessage(this.#reader)
    }
    if (!this.#closed) this.#options.onDrained()
  }

  unref(): void {
    this.#poll.unref()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#poll.close()
    closeSync(this.#fd)
  }
}
