import { ApiError } from './api-error.ts'

/** More than any object can have: what claims to be longer is no frame. */
const longest = 64 * 1024 * 1024
const lengthBytes = 4

/**
 * The frames of a stream, each behind its length in four bytes; a last frame without an end is dropped, because the stream broke in
 * it. A frame may be a view of a chunk: read it before the next one. Throws `ApiError` on a length that cannot be.
 */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const parts: Buffer[] = []
  let available = 0
  let wanted = lengthBytes
  for await (const chunk of chunks) {
    parts.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    available += chunk.length
    if (available < wanted) continue
    const [first] = parts
    let pending = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, available)
    while (pending.length >= lengthBytes) {
      const length = pending.readUInt32BE()
      if (length > longest) {
        throw new ApiError('Protocol', `The stream cannot be read: a frame of ${length} bytes`, { binary: true })
      }
      wanted = lengthBytes + length
      if (pending.length < wanted) break
      yield pending.subarray(lengthBytes, wanted)
      pending = pending.subarray(wanted)
      wanted = lengthBytes
    }
    parts.length = 0
    available = pending.length
    // A copy, so that a few bytes do not keep a large chunk.
    if (available > 0) parts.push(Buffer.from(pending))
  }
}
