import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import fc from 'fast-check'
import { canonicalElement, type NftKey, type NftSet, type NftSocket, openNftSocket } from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft'] })
const suite = reason === undefined ? describe : describe.skip
const table = { family: 'inet', name: 'manx' } as const

/** Ranges `from-to` of small numbers that have nothing in common, some of them neighbours. */
const disjoint = fc.uniqueArray(fc.nat(40), { maxLength: 24 }).map((points) => {
  const sorted = points.toSorted((a, b) => a - b)
  return sorted.flatMap((from, i): (readonly [number, number])[] =>
    i % 2 === 0 ? [[from, sorted[i + 1] ?? from]] : [],
  )
})

const ipv4 = ([from, to]: readonly [number, number]): NftKey => `10.0.0.${from}-10.0.0.${to}`
const ipv6 = ([from, to]: readonly [number, number]): NftKey => `fd00::${from.toString(16)}-fd00::${to.toString(16)}`
const port = ([from, to]: readonly [number, number]): NftKey => `${from}-${to}`

interface Kind {
  readonly set: NftSet
  readonly key: (range: readonly [number, number]) => NftKey
}
const single = (name: string, key: 'ipv4_addr' | 'ipv6_addr' | 'inet_service'): NftSet => ({
  table,
  name,
  key,
  interval: true,
})
const concatenation = (name: string, key: 'ipv4_addr' | 'ipv6_addr'): NftSet => ({
  table,
  name,
  key: [key, 'inet_proto', 'inet_service'],
  interval: true,
})
const kinds: readonly Kind[] = [
  { set: single('four', 'ipv4_addr'), key: ipv4 },
  { set: single('six', 'ipv6_addr'), key: ipv6 },
  { set: single('ports', 'inet_service'), key: port },
  { set: concatenation('boxes-4', 'ipv4_addr'), key: (range) => [ipv4(range) as string, '6-17', '1-1024'] },
  { set: concatenation('boxes-6', 'ipv6_addr'), key: (range) => ['fd00::/64', '6-6', port(range) as string] },
]

suite(`ranges in sets${reason === undefined ? '' : `: ${reason}`}`, () => {
  let host: Namespace
  let socket: NftSocket

  beforeAll(async () => {
    host = await createNamespace('nft')
    socket = openNftSocket({ namespace: host.path })
  })
  afterAll(async () => {
    socket.close()
    await host.remove()
  })

  test.each(kinds.map((kind) => [kind.set.name, kind] as const))(
    'of the kind %s are replaced by overlapping ones in one transaction',
    async (_, { set, key }) => {
      const text = (element: NftKey) => JSON.stringify(canonicalElement(set, element).key)
      await fc.assert(
        fc.asyncProperty(fc.array(disjoint, { minLength: 2, maxLength: 5 }), async (states) => {
          await socket.begin().addTable(table).deleteTable(table).addTable(table).addSet(set).commit()
          let present: ReadonlyMap<string, NftKey> = new Map()
          for (const state of states) {
            const wanted = new Map(state.map((range) => [text(key(range)), key(range)]))
            await socket
              .begin()
              .deleteElements(
                set,
                [...present].filter(([each]) => !wanted.has(each)).map(([, element]) => element),
              )
              .addElements(
                set,
                [...wanted].filter(([each]) => !present.has(each)).map(([, element]) => element),
              )
              .commit()
            const found = await socket.elements(set)
            expect(found).toHaveLength(wanted.size)
            expect(new Set(found.map((element) => text(element.key)))).toEqual(new Set(wanted.keys()))
            present = wanted
          }
        }),
        { numRuns: 40 },
      )
    },
  )

  test('nft lists concatenations of ranges in both families', async () => {
    const [, , , four, six] = kinds
    if (four === undefined || six === undefined) throw new Error('no concatenations')
    const t = socket.begin().addTable(table).deleteTable(table).addTable(table).addSet(four.set).addSet(six.set)
    t.addElements(four.set, [
      ['10.0.0.0/8', '6-6', '80-90'],
      ['10.0.0.0-10.0.0.9', '17-17', '53-53'],
    ])
    t.addElements(six.set, [['fd00::/64', '6-6', '80-90']])
    await t.commit()
    const shown = (await host.output('nft', ['list', 'table', 'inet', 'manx'])).replaceAll(/\s+/g, ' ')
    expect(shown).toContain('10.0.0.0/8 . tcp . 80-90')
    expect(shown).toContain('10.0.0.0-10.0.0.9 . udp . 53')
    expect(shown).toContain('fd00::/64 . tcp . 80-90')
    const json = JSON.parse(await host.output('nft', ['-j', 'list', 'table', 'inet', 'manx'])) as { nftables: object[] }
    expect(json.nftables.filter((object) => 'set' in object)).toHaveLength(2)
  })

  test('a member within another one is refused', async () => {
    const [, , , four] = kinds
    if (four === undefined) throw new Error('no concatenation')
    await socket.begin().addTable(table).deleteTable(table).addTable(table).addSet(four.set).commit()
    const inner = socket.begin().addElements(four.set, [
      ['10.0.0.0/8', '6-6', '1-1024'],
      ['10.1.0.0/16', '6-6', '80-80'],
    ])
    await expect(inner.commit()).rejects.toMatchObject({ code: 'EEXIST' })
  })
})
