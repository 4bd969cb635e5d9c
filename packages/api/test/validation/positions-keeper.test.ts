import { expect, test } from '@jest/globals'
import { type Document, parseAllDocuments } from 'yaml'
import { keepPositions } from '../../src/validation/yaml/positions-keeper.ts'

const chunkOf = (text: string) => ({ text, offset: 0 })
function counting() {
  const parsed: string[] = []
  const keeper = keepPositions((text) => {
    parsed.push(text)
    return [...parseAllDocuments(text)] as Document[]
  })
  return { keeper, parsed }
}

test('the largest text is parsed once, however many others are wanted between', () => {
  const { keeper, parsed } = counting()
  const list = chunkOf(`items:\n${'- a: 1\n'.repeat(50)}`)
  const others = Array.from({ length: 50 }, (_, index) => chunkOf(`n: ${index}\n`))
  for (const [index, other] of others.entries()) {
    expect(keeper.find(other, 0)?.locate(['n'], 'value')).toEqual([3, 4 + String(index).length - 1])
    expect(keeper.find(list, 0)?.locate(['items', index, 'a'], 'value')).toEqual([12 + 7 * index, 13 + 7 * index])
  }
  expect(parsed).toHaveLength(51)
})

test('what is wanted again and again stays, and what is not goes', () => {
  const { keeper, parsed } = counting()
  const [large, often, seldom] = [chunkOf('large: enough\n'), chunkOf('a: 1\n'), chunkOf('b: 2\n')]
  for (const chunk of [large, often, seldom]) keeper.find(chunk, 0)
  for (let index = 0; index < 20; index++) {
    keeper.find(chunkOf(`n: ${index}`), 0)
    keeper.find(often, 0)
  }
  const before = parsed.length
  for (const chunk of [large, often]) keeper.find(chunk, 0)
  expect(parsed).toHaveLength(before)
  keeper.find(seldom, 0)
  expect(parsed.slice(before)).toEqual(['b: 2\n'])
})

test('what was parsed already is not parsed again, and what is not there is not found', () => {
  const { keeper, parsed } = counting()
  const chunk = chunkOf('a: 1\n')
  keeper.keep(chunk, [...parseAllDocuments(chunk.text)] as Document[])
  expect(keeper.find(chunk, 0)?.locate(['a'], 'value')).toEqual([3, 4])
  expect(keeper.find(chunk, 1)).toBeUndefined()
  expect(parsed).toEqual([])
})
