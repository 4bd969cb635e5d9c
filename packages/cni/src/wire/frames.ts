import { CniError } from '../spec/cni-error.ts'

/** What the executable was called with: its CNI_* environment and its standard input. */
export interface CniRequest {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: Uint8Array
}

/** What the executable prints and ends with. */
export interface CniReply {
  readonly exitCode: number
  readonly output: string
}

/** Both ends refuse more than this; `pipe.c` has the same numbers. */
export const frameLimits = { environment: 64 * 1024, input: 1024 * 1024, output: 1024 * 1024 } as const

const magic = Buffer.from('MNX1')
const headerSize = 12
const replyHeaderSize = 5

export function encodeRequest(request: CniRequest): Buffer {
  const entries = Object.entries(request.environment).map(([key, value]) => `${key}=${value}\0`)
  const environment = Buffer.from(entries.join(''))
  const header = Buffer.alloc(headerSize)
  magic.copy(header)
  header.writeUInt32BE(environment.length, 4)
  header.writeUInt32BE(request.input.length, 8)
  return Buffer.concat([header, environment, request.input])
}

/**
 * Collects a request from the chunks of a connection. `push` returns it once it is whole, undefined before, and throws a
 * CniError as soon as the bytes cannot become one: a hostile length is refused before anything is kept for it.
 */
export class RequestReader {
  readonly #chunks: Buffer[] = []
  #received = 0
  #expected: number | undefined

  push(chunk: Buffer): CniRequest | undefined {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#received < headerSize) return undefined
    this.#expected ??= expectedSize(this.#joined())
    if (this.#received < this.#expected) return undefined
    if (this.#received > this.#expected) throw malformed('bytes follow the request')
    return decodeRequest(this.#joined())
  }

  #joined(): Buffer {
    const [first, ...rest] = this.#chunks
    if (first === undefined || rest.length === 0) return first ?? Buffer.alloc(0)
    const joined = Buffer.concat(this.#chunks)
    this.#chunks.splice(0, this.#chunks.length, joined)
    return joined
  }
}

export function encodeReply(reply: CniReply): Buffer {
  const output = Buffer.from(reply.output)
  const header = Buffer.alloc(replyHeaderSize)
  header.writeUInt8(reply.exitCode, 0)
  header.writeUInt32BE(output.length, 1)
  return Buffer.concat([header, output])
}

/** Reads a whole reply; undefined when it was cut off. */
export function decodeReply(bytes: Buffer): CniReply | undefined {
  if (bytes.length < replyHeaderSize) return undefined
  const length = bytes.readUInt32BE(1)
  if (bytes.length !== replyHeaderSize + length || length > frameLimits.output) return undefined
  return { exitCode: bytes.readUInt8(0), output: bytes.toString('utf8', replyHeaderSize) }
}

function expectedSize(bytes: Buffer): number {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw malformed('the request does not begin with MNX1')
  const environment = bytes.readUInt32BE(4)
  const input = bytes.readUInt32BE(8)
  if (environment > frameLimits.environment) throw malformed(`the environment has ${environment} bytes`)
  if (input > frameLimits.input) throw malformed(`the input has ${input} bytes`)
  return headerSize + environment + input
}

function decodeRequest(bytes: Buffer): CniRequest {
  const inputStart = headerSize + bytes.readUInt32BE(4)
  const environment: Record<string, string | undefined> = Object.create(null)
  for (const entry of bytes.toString('utf8', headerSize, inputStart).split('\0')) {
    const equals = entry.indexOf('=')
    if (equals > 0) environment[entry.slice(0, equals)] = entry.slice(equals + 1)
  }
  return { environment, input: bytes.subarray(inputStart) }
}

function malformed(details: string): CniError {
  return new CniError('io', 'the request is not what the manx CNI executable sends', { details })
}
