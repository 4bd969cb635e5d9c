import { expect, test } from '@jest/globals'
import { type Prefix, prefixesOverlap, prefixOf, samePrefix } from '@manx/api'
import fc from 'fast-check'
import { BlockSpace } from '../../src/pools/block-space.ts'

const somePrefix = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    value: fc.bigInt({ min: 0n, max: 255n }),
    length: fc.nat({ max: 8 }),
  })
  .map(({ family, value, length }): Prefix => prefixOf({ family, value }, (family === 4 ? 24 : 120) + length))

test('a prefix crosses just the blocks of other lengths that have some of its addresses', () => {
  const change = fc.record({ prefix: somePrefix, remove: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.array(somePrefix, { minLength: 1 }), (changes, asked) => {
      const space = new BlockSpace<{ prefix: Prefix }>()
      const blocks: Prefix[] = []
      const check = () => {
        for (const prefix of asked) {
          const others = blocks.filter((block) => !samePrefix(block, prefix))
          expect(space.crosses(prefix)).toBe(others.some((block) => prefixesOverlap(block, prefix)))
          expect(space.has(prefix)).toBe(others.length < blocks.length)
        }
      }
      for (const { prefix, remove } of changes) {
        const index = blocks.findIndex((block) => samePrefix(block, prefix))
        if (remove) {
          space.delete(prefix)
          if (index >= 0) blocks.splice(index, 1)
        } else {
          space.set({ prefix })
          if (index < 0) blocks.push(prefix)
        }
        check()
      }
      expect(space.size).toBe(blocks.length)
    }),
  )
})
