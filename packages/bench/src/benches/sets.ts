import { type NftSet, openNftSocket } from '@manx/netlink'
import { createNamespace, output } from '@manx/testbed'
import { type Benchmark, measurePair } from '../measure.ts'

const members = 10_000

/** A policy's selector gaining and losing one member: the smallest and most frequent dataplane change, beside `nft -f -`. */
export const sets: Benchmark = {
  name: 'sets',
  summary: `one address added to and removed from a set of ${members.toLocaleString('en')} over netlink, beside nft -f -`,
  needsComponents: false,
  async run({ progress, rounds, size }) {
    await using namespace = await createNamespace('bench')
    using socket = openNftSocket({ namespace: namespace.path })
    const table = { family: 'inet', name: 'bench' } as const
    const set: NftSet = { table, name: 'pods', key: ['ipv4_addr'] }
    const element = (i: number) => ({ key: [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`] })
    progress(`filling a set with ${members} addresses`)
    await socket
      .begin()
      .addTable(table)
      .addSet(set)
      .addElements(
        set,
        Array.from({ length: members }, (_, i) => element(i)),
      )
      .commit()
    const one = [element(members + 1)]
    const [text] = one.map((e) => e.key.join(' . '))
    const nft = (verb: string) =>
      output('nft', ['-f', '-'], { namespace: namespace.name, input: `${verb} element inet bench pods { ${text} }\n` })
    progress('adding and removing one')
    return await measurePair('sets', 'add and remove one element', {
      rounds: rounds ?? { full: 100, quick: 20, tiny: 1 }[size],
      ours: async () => {
        await socket.begin().addElements(set, one).commit()
        await socket.begin().deleteElements(set, one).commit()
      },
      baseline: async () => {
        await nft('add')
        await nft('delete')
      },
    })
  },
}
