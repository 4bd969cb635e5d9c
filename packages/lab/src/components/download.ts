import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ComponentError } from './component-error.ts'
import { parseChecksum } from './parse-checksum.ts'

/** Milliseconds without one more byte after which a transfer counts as broken. */
const stall = 30_000

interface VerifiedDownload {
  readonly url: string
  readonly checksumUrl: string
  readonly destination: string
  readonly signal?: AbortSignal
}

/** Fetches a file and its published SHA-256; leaves `destination` only when they agree. */
export async function downloadVerified({ url, checksumUrl, destination, signal }: VerifiedDownload): Promise<void> {
  const published = await (await request(checksumUrl, signal))
    .text()
    .catch((error: unknown) => broken(checksumUrl, error))
  const wanted = parseChecksum(published, basename(new URL(url).pathname))
  if (wanted === undefined) {
    throw new ComponentError('NotPublished', `${checksumUrl} has no SHA-256 for ${basename(url)}`)
  }
  const found = await fetchFile(url, destination, signal)
  if (found !== wanted) {
    await rm(destination, { force: true })
    throw new ComponentError('ChecksumMismatch', `${url} has SHA-256 ${found}, but ${checksumUrl} says ${wanted}`)
  }
}

/** Writes the file and returns its SHA-256 in hexadecimal. */
async function fetchFile(url: string, destination: string, signal: AbortSignal | undefined): Promise<string> {
  const watchdog = new AbortController()
  const timer = setTimeout(() => watchdog.abort(new Error(`nothing came for ${stall / 1000} s`)), stall)
  const stop = signal === undefined ? watchdog.signal : AbortSignal.any([signal, watchdog.signal])
  const hash = createHash('sha256')
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh()
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    const { body } = await request(url, stop)
    if (body === null) throw new ComponentError('Unreachable', `${url} answered without content`)
    await pipeline(Readable.fromWeb(body), count, createWriteStream(destination), { signal: stop })
    return hash.digest('hex')
  } catch (error) {
    await rm(destination, { force: true })
    signal?.throwIfAborted()
    return error instanceof ComponentError ? Promise.reject(error) : broken(url, watchdog.signal.reason ?? error)
  } finally {
    clearTimeout(timer)
  }
}

async function request(url: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted()
    return broken(url, error)
  })
  if (response.ok) return response
  await response.body?.cancel()
  const code = response.status === 404 || response.status === 410 ? 'NotPublished' : 'Unreachable'
  throw new ComponentError(code, `${url} answered ${response.status} ${response.statusText}`)
}

function broken(url: string, error: unknown): never {
  throw new ComponentError('Unreachable', `${url} could not be read: ${reasonOf(error)}`, { cause: error })
}

/** `fetch failed` hides why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

/** Says within `timeout` ms whether an address answers at all, whatever it answers. */
export async function answers(address: string, timeout = 3000): Promise<boolean> {
  try {
    const response = await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(timeout) })
    await response.body?.cancel()
    // A proxy or captive portal that refuses is no way to the internet.
    return response.status !== 403 && response.status !== 407 && response.status < 500
  } catch {
    return false
  }
}
