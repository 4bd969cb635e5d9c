import { closeSync, openSync } from 'node:fs'
import { endianness } from 'node:os'
import koffi from 'koffi'
import { NetlinkError } from './netlink-error.ts'

// The only file that names koffi. Every call here is by the machine's C library; all buffers are passed without a copy.

type SyncSend = (fd: number, buffer: Uint8Array, length: number, flags: number) => number
type AsyncSend = (
  fd: number,
  buffer: Uint8Array,
  length: number,
  flags: number,
  done: (error: unknown, result: number) => void,
) => void

const libc = koffi.load(null)
const cSocket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number
const cBind = libc.func('int bind(int fd, void *address, uint32_t length)') as (
  fd: number,
  address: Uint8Array,
  length: number,
) => number
const cSetsockopt = libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)') as (
  fd: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: number,
) => number
const cSend = libc.func('intptr_t send(int fd, void *buffer, size_t length, int flags)') as SyncSend & {
  async: AsyncSend
}
const cRecv = libc.func('intptr_t recv(int fd, void *buffer, size_t length, int flags)') as SyncSend
const cSetns = libc.func('int setns(int fd, int type)') as (fd: number, type: number) => number

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const CLONE_NEWNET = 0x40000000
const EINTR = 4
const EAGAIN = 11

/** Netlink's integers outside of network-order attributes are in host order; so is everything a register or mark holds. */
export const hostLittleEndian = endianness() === 'LE'

function failed(request: string): NetlinkError {
  return new NetlinkError({ errno: koffi.errno(), request })
}

/** Opens a non-blocking netlink socket in this thread's network namespace, with a port id that the kernel picks. */
export function netlinkSocket(protocol: number): number {
  const fd = cSocket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)
  if (fd < 0) throw failed(`socket(AF_NETLINK, ${protocol})`)
  const address = new Uint8Array(12)
  new DataView(address.buffer).setUint16(0, AF_NETLINK, hostLittleEndian)
  if (cBind(fd, address, address.length) < 0) {
    const error = failed(`bind(AF_NETLINK, ${protocol})`)
    closeSync(fd)
    throw error
  }
  return fd
}

/** Sets an integer option; false when the kernel refuses it. */
export function setSocketOption(fd: number, level: number, name: number, value: number): boolean {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, hostLittleEndian)
  return cSetsockopt(fd, level, name, bytes, 4) === 0
}

/** Has a netlink socket hear what the kernel tells this multicast group. */
export function joinGroup(fd: number, group: number): void {
  if (!setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)) throw failed(`listen to group ${group}`)
}

/** Sends one datagram. The kernel has processed the requests in it when this returns. */
export function send(fd: number, bytes: Uint8Array, request: string): void {
  for (;;) {
    if (cSend(fd, bytes, bytes.length, 0) >= 0) return
    if (koffi.errno() !== EINTR) throw failed(request)
  }
}

/** Like send, in another thread: for requests that keep the kernel busy. The bytes must not change until it resolves. */
export function sendOffLoop(fd: number, bytes: Uint8Array, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    cSend.async(fd, bytes, bytes.length, 0, (error, result) => {
      if (error !== null && error !== undefined) reject(error)
      else if (result >= 0) resolve()
      else reject(failed(request))
    })
  })
}

/**
 * Reads one datagram and returns its length, or -1 when there is none. A longer one than the buffer is cut;
 * the returned length is the whole one's. Throws ENOBUFS when the kernel dropped messages for this socket.
 */
export function receive(fd: number, buffer: Uint8Array): number {
  for (;;) {
    const length = cRecv(fd, buffer, buffer.length, MSG_DONTWAIT | MSG_TRUNC)
    if (length >= 0) return length
    const errno = koffi.errno()
    if (errno === EAGAIN) return -1
    if (errno !== EINTR) throw new NetlinkError({ errno, request: 'recv' })
  }
}

/** Moves this thread to the network namespace of an open namespace file. */
export function setNetworkNamespace(fd: number, name: string): void {
  if (cSetns(fd, CLONE_NEWNET) < 0) throw failed(`setns ${name}`)
}

/** Opens a namespace file; its errors name the path. */
export function openNamespace(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException
    throw new NetlinkError({ errno: Math.abs(errno ?? 0), code, request: `open namespace ${path}` })
  }
}

/** A file descriptor that the event loop watches. */
export interface PollHandle {
  close(): void
  ref(): void
  unref(): void
}

/**
 * Calls back on the event loop whenever the descriptor can be read or has an error to be read (level-triggered).
 * Close it before the descriptor. What the callback throws becomes an uncaught exception.
 */
export function pollReadable(fd: number, onReadable: () => void): PollHandle {
  let closed: boolean = false
  // koffi hands over libuv's status first, which its types do not say.
  const onEvent = (...[status]: unknown[]) => {
    if (closed) return
    try {
      onReadable()
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
    // libuv stops polling at an error (a netlink socket's ENOBUFS): without a new start nothing would come any more.
    if (typeof status === 'number' && status < 0 && !closed) handle.start({ readable: true }, onEvent)
  }
  const handle = koffi.node.poll(fd, { readable: true }, onEvent)
  return {
    close: () => {
      closed = true
      handle.close()
    },
    ref: () => handle.ref(),
    unref: () => handle.unref(),
  }
}
