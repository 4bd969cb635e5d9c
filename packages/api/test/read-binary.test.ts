import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import { framesOf } from '../src/client/frames.ts'
import { readList } from '../src/client/read-list.ts'
import { readBinaryEvent } from '../src/client/watch-stream.ts'
import { isApiError, namespaceMessage, namespaces, podMessage, pods } from '../src/index.ts'

// What no API server sends; what one does is in protobuf.test.ts.

async function* chunked(whole: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const size of [...sizes, whole.length]) {
    yield whole.subarray(at, at + size)
    at += size
  }
}

function framed(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(frame.length)
      return [length, Buffer.from(frame)]
    }),
  )
}

test('frames come out as they went in, however the stream is cut; a broken last one is dropped', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
    fc.array(fc.nat(20), { maxLength: 30 }),
    fc.nat(3),
    async (frames, sizes, lost) => {
      const whole = framed(frames)
      const kept = lost > 0 && frames.length > 0 ? frames.slice(0, -1) : frames
      const seen: Buffer[] = []
      for await (const frame of framesOf(chunked(whole.subarray(0, whole.length - lost), sizes))) {
        seen.push(Buffer.from(frame))
      }
      expect(seen).toEqual(kept.map((frame) => Buffer.from(frame)))
    },
  )
  await fc.assert(property)
})

test('a length that no frame can have is an error at once', async () => {
  const next = framesOf(chunked(Buffer.from('HTTP/1.1 500 Oops'), [])).next()
  await expect(next).rejects.toMatchObject({ code: 'Protocol', message: expect.stringContaining('a frame of') })
})

const text = (number: number, value: string) => (writer: protobuf.Writer) =>
  writer.uint32((number << 3) | 2).string(value)
const inner = (number: number, bytes: Uint8Array) => (writer: protobuf.Writer) =>
  writer.uint32((number << 3) | 2).bytes(bytes)
const encode = (...fields: readonly ((writer: protobuf.Writer) => unknown)[]) => {
  const writer = protobuf.Writer.create()
  for (const field of fields) field(writer)
  return writer.finish()
}
const enveloped = (kind: string, raw: Uint8Array) =>
  Buffer.concat([Buffer.from('k8s\0'), encode(inner(1, encode(text(2, kind))), inner(2, raw))])

const namespace = encode(
  inner(1, encode(text(1, 'shop'), text(6, '42'), inner(11, encode(text(1, 'a'), text(2, 'b'))))),
)
const listAnswer = enveloped('NamespaceList', encode(inner(1, encode(text(2, '42'))), inner(2, namespace)))
const event = encode(text(1, 'ADDED'), inner(2, encode(inner(1, enveloped('Namespace', namespace)))))
const action = { verb: 'watch', resource: namespaces }

test('the samples below are what they are meant to be', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', resourceVersion: '42', labels: { a: 'b' } },
  }
  expect(readList(listAnswer, namespaces, namespaceMessage)).toEqual({ items: [object], resourceVersion: '42' })
  expect(readBinaryEvent(event, namespaceMessage, action)).toEqual({ type: 'ADDED', object })
})

test.each([
  ['nothing', Buffer.alloc(0), 'does not begin as an object does'],
  ['a page of a proxy', Buffer.from('<html>'), 'does not begin as an object does'],
  ['a list of another kind', enveloped('PodList', Buffer.alloc(0)), 'it is of kind PodList'],
  ['half of a list', listAnswer.subarray(0, -5), 'index out of range'],
])('%s is named as no list', (_, answer, why) => {
  const read = () => readList(answer, namespaces, namespaceMessage)
  expect(read).toThrow(expect.objectContaining({ code: 'Protocol', message: expect.stringContaining(why) }))
})

test('an event about another kind, or of an unknown type, is named as none', () => {
  expect(() => readBinaryEvent(event, podMessage, { verb: 'watch', resource: pods })).toThrow(
    'Cannot watch pods: the answer is not a watch event: its object is of kind Namespace',
  )
  const odd = encode(text(1, 'ODD'), inner(2, encode(inner(1, enveloped('Namespace', namespace)))))
  expect(() => readBinaryEvent(odd, namespaceMessage, action)).toThrow('the answer is not a watch event')
})

test('whatever bytes come, there is an object or an error of ours', () => {
  const onlyOurErrors = (read: () => unknown) => {
    try {
      read()
    } catch (error) {
      if (!isApiError(error)) throw error
    }
  }
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.tuple(fc.nat(listAnswer.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const changed = Buffer.from(listAnswer)
      for (const [at, byte] of changes) changed[at] = byte
      return changed
    }),
    fc.array(fc.tuple(fc.nat(event.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const changed = Buffer.from(event)
      for (const [at, byte] of changes) changed[at] = byte
      return changed
    }),
  )
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      onlyOurErrors(() => readList(bytes, namespaces, namespaceMessage))
      onlyOurErrors(() => readBinaryEvent(bytes, namespaceMessage, action))
    }),
    { numRuns: 3000 },
  )
})
