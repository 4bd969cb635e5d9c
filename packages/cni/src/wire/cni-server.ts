import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@manx/api'
import { CniError, messageOf } from '../spec/cni-error.ts'
import { formatError } from '../spec/format-error.ts'
import { newestVersion } from '../spec/versions.ts'
import { type CniReply, type CniRequest, encodeReply, RequestReader } from './frames.ts'

export interface CniServerOptions {
  /** Where the executable connects to. The folder is made ours alone (0700), the socket too (0600). */
  readonly socketPath: string
  /** Answers one request; never rejects. `signal` is aborted when the time is up or the caller went away. */
  readonly serve: (request: CniRequest, signal: AbortSignal) => Promise<CniReply>
  readonly logger: Logger
  /** Milliseconds for an answer; default 60,000. The executable waits 75 s. */
  readonly deadline?: number
  /** Milliseconds after the deadline for a handler to clean up, before it is answered for; default 10,000. */
  readonly margin?: number
  /** Milliseconds for the whole request to arrive; default 10,000. */
  readonly requestTimeout?: number
  /** Connections served at once; default 256. More wait in the kernel's queue or are closed, which the caller retries. */
  readonly maxConnections?: number
}

export interface CniServer {
  /** Takes no more requests, waits for those being served (at most `grace` ms), and removes the socket. */
  close(grace?: number): Promise<void>
}

/** Listens for the CNI executable. Rejects when another process serves the socket: two agents would fight. */
export async function startCniServer(options: CniServerOptions): Promise<CniServer> {
  const { socketPath, logger } = options
  const folder = dirname(socketPath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  await removeStaleSocket(socketPath)

  const busy = new Map<Socket, Promise<void>>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const served = serveConnection(socket, options)
      .catch((error) => logger.warn('CNI connection failed', { error: messageOf(error) }))
      .finally(() => busy.delete(socket))
    busy.set(socket, served)
  })
  server.maxConnections = options.maxConnections ?? 256
  await listen(server, socketPath)
  chmodSync(socketPath, 0o600)
  const inode = statSync(socketPath).ino
  server.on('error', (error) => logger.error('CNI server failed', { socket: socketPath, error: messageOf(error) }))

  return {
    close: async (grace = 10_000) => {
      // Node removes the socket's file itself when it stops listening; a successor's would have another inode.
      const ours = statSync(socketPath, { throwIfNoEntry: false })?.ino === inode
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      if (ours) rmSync(socketPath, { force: true })
      // A handler that does not heed its signal must not keep the process.
      const patience = new AbortController()
      const all = Promise.all(busy.values()).finally(() => patience.abort())
      await Promise.race([all, sleep(grace, undefined, { signal: patience.signal }).catch(() => undefined)])
      for (const socket of busy.keys()) socket.destroy()
      await closed
    },
  }
}

async function serveConnection(socket: Socket, options: CniServerOptions): Promise<void> {
  const abort = new AbortController()
  try {
    const request = await readRequest(socket, options.requestTimeout ?? 10_000)
    if (request === undefined) return
    // The executable keeps its side open until it has the answer: an end means that it was killed.
    const gone = () => {
      abort.abort(new CniError('tryAgainLater', 'the caller went away'))
      socket.destroy()
    }
    socket.once('end', gone).once('close', gone)
    await reply(socket, await answer(request, abort, options))
  } catch (error) {
    const output = formatError(newestVersion, error)
    await reply(socket, { exitCode: 1, output })
  } finally {
    socket.destroy()
  }
}

/** A handler that does not heed its signal goes on alone; whatever it holds up, its caller gets an error. */
async function answer(request: CniRequest, abort: AbortController, options: CniServerOptions): Promise<CniReply> {
  const { deadline = 60_000, margin = 10_000, serve, logger } = options
  const late = new CniError('tryAgainLater', `not done after ${deadline / 1000} s`)
  const abandoned = Promise.withResolvers<never>()
  const timers = [
    setTimeout(() => abort.abort(late), deadline).unref(),
    setTimeout(() => {
      const { CNI_COMMAND: verb, CNI_CONTAINERID: containerId } = request.environment
      logger.error('a CNI request does not end', { verb, containerId, seconds: (deadline + margin) / 1000 })
      abandoned.reject(late)
    }, deadline + margin).unref(),
  ]
  try {
    return await Promise.race([serve(request, abort.signal), abandoned.promise])
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}

/** Undefined when the caller left without a word. */
function readRequest(socket: Socket, timeout: number): Promise<CniRequest | undefined> {
  const reader = new RequestReader()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new CniError('io', 'the request did not arrive in time')), timeout)
    const settle = <T>(action: (value: T) => void) => {
      return (value: T) => {
        clearTimeout(timer)
        action(value)
      }
    }
    const done = settle(resolve)
    const failed = settle(reject)
    socket.on('data', (chunk: Buffer) => {
      try {
        const request = reader.push(chunk)
        if (request !== undefined) done(request)
      } catch (error) {
        socket.pause()
        failed(error)
      }
    })
    socket.on('end', () => failed(new CniError('io', 'the request was cut off')))
    socket.on('error', () => done(undefined))
    socket.on('close', () => done(undefined))
  })
}

function reply(socket: Socket, answer: CniReply): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
    socket.end(encodeReply(answer), () => resolve())
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A killed agent leaves its socket behind; only a socket that nobody answers on is removed. */
async function removeStaleSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => resolve(true))
    probe.on('error', () => resolve(false))
    probe.on('close', () => probe.destroy())
    probe.on('connect', () => probe.end())
  })
  if (answered) throw new Error(`${path} is served by another process: is a second agent running on this node?`)
  rmSync(path, { force: true })
}
