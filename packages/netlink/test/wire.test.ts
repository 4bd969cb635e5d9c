import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Attributes, MessageReader } from '../src/wire/message-reader.ts'
import { MessageWriter } from '../src/wire/message-writer.ts'

type Tree = { type: number; value: Uint8Array | Tree[] }

const trees = fc.letrec<{ tree: Tree; list: Tree[] }>((tie) => ({
  list: fc.array(tie('tree'), { maxLength: 4 }),
  tree: fc.record({
    type: fc.integer({ min: 0, max: 0x3fff }),
    value: fc.oneof({ depthSize: 'small' }, fc.uint8Array({ maxLength: 40 }), tie('list')),
  }),
})).list

function write(writer: MessageWriter, list: readonly Tree[]): void {
  for (const { type, value } of list) {
    if (ArrayBuffer.isView(value)) {
      writer.attrBytes(type, value)
    } else {
      const start = writer.beginNested(type)
      write(writer, value)
      writer.endNested(start)
    }
  }
}

function read(attributes: Attributes, like: readonly Tree[]): Tree[] {
  const list: Tree[] = []
  while (attributes.next()) {
    const model = like[list.length]
    const inner = Array.isArray(model?.value) ? model.value : undefined
    list.push({ type: attributes.type, value: inner ? read(attributes.nested(), inner) : attributes.bytes() })
  }
  return list
}

describe('netlink messages', () => {
  test('attributes of any nesting come back as they were written, over the growth of the buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 16, max: 0xffff }), trees), { maxLength: 5 }), (messages) => {
        const writer = new MessageWriter(16)
        for (const [i, [type, list]] of messages.entries()) {
          const start = writer.beginMessage(type, 5, i)
          write(writer, list)
          writer.endMessage(start)
        }
        const reader = new MessageReader(writer.bytes())
        reader.reset(writer.length)
        for (const [i, [type, list]] of messages.entries()) {
          expect(reader.next()).toBe(true)
          expect([reader.type, reader.flags, reader.sequence]).toEqual([type, 5, i])
          expect(read(reader.attributes(0), list)).toEqual(list)
        }
        expect(reader.next()).toBe(false)
      }),
    )
  })

  test('any bytes are read without an exception or an endless loop', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const reader = new MessageReader(bytes)
        reader.reset(bytes.length)
        while (reader.next()) {
          const attributes = reader.attributes(0)
          while (attributes.next()) {
            const nested = attributes.nested()
            while (nested.next()) expect(nested.bytes().length).toBe(nested.length)
          }
        }
      }),
    )
  })

  test('integers grow the buffer at every offset', () => {
    for (let filled = 0; filled < 16; filled++) {
      const writer = new MessageWriter(16)
      for (let i = 0; i < filled; i++) writer.u8(i)
      writer.u8(1)
      writer.u16(2)
      writer.u32(3)
      writer.u16be(4)
      writer.attrU64be(5, 6n)
      expect(writer.length).toBe(filled + 9 + 12)
      expect(writer.bytes()[filled]).toBe(1)
    }
  })

  test('an attribute that does not fit the 16 bit length is refused, not cut', () => {
    const writer = new MessageWriter()
    expect(() => writer.attrBytes(1, new Uint8Array(0xffff - 3))).toThrow('attribute 1 of 65532 bytes is too long')
    writer.attrBytes(1, new Uint8Array(0xffff - 4))
    const start = writer.beginNested(2)
    for (let i = 0; i < 2; i++) writer.attrBytes(1, new Uint8Array(40_000))
    expect(() => writer.endNested(start)).toThrow('attribute list of 80012 bytes is too long')
  })

  test('names with letters beyond ASCII are UTF-8', () => {
    const writer = new MessageWriter()
    const start = writer.beginMessage(16, 0, 1)
    writer.attrString(1, 'plain')
    writer.attrString(2, 'grüße')
    writer.endMessage(start)
    const reader = new MessageReader(writer.bytes())
    reader.reset(writer.length)
    reader.next()
    const attributes = reader.attributes(0)
    expect([attributes.next(), attributes.string(), attributes.length]).toEqual([true, 'plain', 6])
    expect([attributes.next(), attributes.string(), attributes.length]).toEqual([true, 'grüße', 8])
  })
})
