import { EventSocket } from '../wire/event-socket.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import { NETLINK_NETFILTER } from '../wire/netlink-socket.ts'
import * as c from './constants.ts'
import { genericHeader, messageFamily } from './object-message.ts'
import type { NftTable } from './types.ts'

/** One transaction of somebody in the namespace, or lost events. */
export type NftEvent =
  | {
      readonly type: 'changed'
      readonly generation: number
      /**
       * Who committed it. The id is that of a thread, counted in the first pid namespace: in a container it is no process id
       * that one could know, one's own neither.
       */
      readonly pid: number
      readonly process: string
      /** The tables that were touched. */
      readonly tables: readonly NftTable[]
    }
  /** Events were lost (ENOBUFS): any table may have changed. */
  | { readonly type: 'overrun' }

export interface NftWatchOptions {
  /** Path of the network namespace; absent: the caller's own. */
  readonly namespace?: string
  /** Socket receive buffer in bytes; default 8 MiB. */
  readonly receiveBuffer?: number
}

export interface NftWatch extends Disposable {
  close(): void
  /** Lets the process end although the watch is open. */
  unref(): void
}

/** All messages of tables, chains, rules, sets and elements have the table's name as their first kind of attribute. */
const anyTableName = 1

/** Reports each nf_tables transaction in a namespace, one's own too: each of one's own that changed something is one report. */
export function watchNft(options: NftWatchOptions, listener: (event: NftEvent) => void): NftWatch {
  let touched = new Map<string, NftTable>()
  /** How the messages of the table that was touched last begin: up to its name. */
  let last = new Uint8Array()
  const socket = new EventSocket({
    ...options,
    protocol: NETLINK_NETFILTER,
    groups: [c.NFNLGRP_NFTABLES],
    onMessage: (message) => {
      if (message.type === ((c.NFNL_SUBSYS_NFTABLES << 8) | c.NFT_MSG_NEWGEN)) {
        // The kernel sends a transaction's generation behind its changes.
        const tables = [...touched.values()]
        touched = new Map()
        last = new Uint8Array()
        listener({ type: 'changed', ...readGeneration(message), tables })
      } else if (message.type >> 8 === c.NFNL_SUBSYS_NFTABLES) {
        // One transaction may be thousands of messages, all about the same table.
        const start = message.offset
        if (last.length > 0 && startsWith(message.bytes, start, message.end, last)) return
        const table = readTableName(message)
        if (table === undefined) return
        touched.set(`${table.family} ${table.name}`, table)
        // Both headers and the name: the attribute's length is its first field.
        last = message.bytes.slice(start, start + genericHeader + message.u16(genericHeader))
      }
    },
    onOverrun: () => {
      touched = new Map()
      last = new Uint8Array()
      listener({ type: 'overrun' })
    },
    onDrained: () => undefined,
  })
  const close = () => socket.close()
  return { close, unref: () => socket.unref(), [Symbol.dispose]: close }
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}

function readTableName(message: MessageReader): NftTable | undefined {
  const family = messageFamily(message)
  const attributes = message.attributes(genericHeader)
  while (family !== undefined && attributes.next()) {
    if (attributes.type === anyTableName) return { family, name: attributes.string() }
  }
  return undefined
}

function readGeneration(message: MessageReader): { generation: number; pid: number; process: string } {
  const found = { generation: 0, pid: 0, process: '' }
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    if (attributes.type === c.NFTA_GEN_ID) found.generation = attributes.u32be()
    else if (attributes.type === c.NFTA_GEN_PROC_PID) found.pid = attributes.u32be()
    else if (attributes.type === c.NFTA_GEN_PROC_NAME) found.process = attributes.string()
  }
  return found
}
