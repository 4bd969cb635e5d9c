import type { MessageReader } from './message-reader.ts'
import type { MessageWriter } from './message-writer.ts'
import { NetlinkSocket } from './netlink-socket.ts'

export interface KernelSocketOptions {
  /** Path of the network namespace to work in; absent: the caller's own. */
  readonly namespace?: string
}

/** One dump as `dump` takes it. */
export interface DumpRequest<T> {
  /** Writes the one message of the request under this sequence number. Called again for each try. */
  readonly write: (writer: MessageWriter, sequence: number) => void
  readonly describe: () => string
  /** Undefined for what is not wanted. */
  readonly read: (message: MessageReader) => T | undefined
  /** For dumps in which the kernel looks long for the first entries. */
  readonly offLoop?: boolean
}

/** What the sockets of the netlink protocols have in common: they are closed once, and their dumps are collected. */
export abstract class KernelSocket implements Disposable {
  protected readonly socket: NetlinkSocket

  constructor(protocol: number, options: KernelSocketOptions) {
    this.socket = new NetlinkSocket(protocol, options)
  }

  get onClosed(): Promise<void> {
    return this.socket.onClosed
  }

  close(): void {
    this.socket.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** All entries of a dump. Only to be called inside a task of the socket. */
  protected async collect<T>({ write, describe, read, offLoop = false }: DumpRequest<T>): Promise<T[]> {
    const { writer } = this.socket
    let entries: T[] = []
    const start = (sequence: number) => {
      entries = []
      writer.truncate()
      write(writer, sequence)
      return writer.bytes()
    }
    const onMessage = (message: MessageReader) => {
      const entry = read(message)
      if (entry !== undefined) entries.push(entry)
    }
    await this.socket.dump(start, describe, onMessage, offLoop)
    return entries
  }
}
