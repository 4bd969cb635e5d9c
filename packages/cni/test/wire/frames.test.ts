import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type CniRequest,
  decodeReply,
  encodeReply,
  encodeRequest,
  frameLimits,
  RequestReader,
} from '../../src/wire/frames.ts'

const variables = fc.dictionary(
  fc.stringMatching(/^CNI_[A-Z]{1,10}$/),
  fc.string().filter((value) => !value.includes('\0')),
)

describe('requests', () => {
  test('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(variables, fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(2200)), (environment, input, cuts) => {
        const bytes = encodeRequest({ environment, input })
        expect(readInPieces(bytes, cuts)).toEqual({
          environment: { ...environment },
          input: Buffer.from(input),
        })
      }),
    )
  })

  test('any bytes are a request, an unfinished one or an error, never a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          new RequestReader().push(Buffer.from(bytes))
        } catch (error) {
          expect(error).toMatchObject({ name: 'CniError', code: 'io' })
        }
      }),
    )
  })

  test.each([
    ['a wrong magic', header('HTTP', 0, 0), 'the request does not begin with MNX1'],
    ['a huge environment', header('MNX1', 0xffffffff, 0), 'the environment has 4294967295 bytes'],
    ['a huge input', header('MNX1', 0, frameLimits.input + 1), 'the input has 1048577 bytes'],
    ['bytes after the end', Buffer.concat([header('MNX1', 0, 0), Buffer.from('x')]), 'bytes follow the request'],
  ])('%s is refused at once', (_, bytes, details) => {
    expect(() => new RequestReader().push(bytes)).toThrow(expect.objectContaining({ code: 'io', details }))
  })
})

describe('replies', () => {
  test('come out as they went in, and cut off ones not at all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.string({ unit: 'grapheme' }), (exitCode, output) => {
        const bytes = encodeReply({ exitCode, output })
        expect(decodeReply(bytes)).toEqual({ exitCode, output })
        expect(decodeReply(bytes.subarray(0, -1))).toBeUndefined()
      }),
    )
  })
})

function header(magic: string, environment: number, input: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.write(magic)
  bytes.writeUInt32BE(environment, 4)
  bytes.writeUInt32BE(input, 8)
  return bytes
}

function readInPieces(bytes: Buffer, cuts: readonly number[]): CniRequest | undefined {
  const reader = new RequestReader()
  const positions = [...new Set([...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)))].sort(
    (a, b) => a - b,
  )
  let start = 0
  let request: CniRequest | undefined
  for (const end of positions) {
    if (end === start) continue
    request = reader.push(bytes.subarray(start, end))
    start = end
  }
  return request && { environment: { ...request.environment }, input: Buffer.from(request.input) }
}
