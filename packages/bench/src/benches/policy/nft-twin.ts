import { commandPath, createNamespace, output } from '@manx/testbed'
import { startSpawner } from '../../native/spawn-batch.ts'
import { nftDifference } from './nft-difference.ts'
import { type ChangeName, changes } from './probe.ts'

/** Listings of the node's table: before anything was done, and after each change. */
export type Listings = ReadonlyMap<ChangeName | 'before', string>

/** The node's rules once more, in a namespace of their own, where each change is made by one `nft -f -`. */
export interface NftTwin extends AsyncDisposable {
  /** Makes the change, and resolves with the milliseconds of the nft process. The changes must come in their order. */
  make(name: ChangeName): Promise<number>
}

export async function makeTwin(listings: Listings): Promise<NftTwin> {
  await using undo = new AsyncDisposableStack()
  const namespace = undo.use(await createNamespace('twin'))
  const nft = commandPath('nft') ?? 'nft'
  await output(nft, ['-f', '-'], { namespace: namespace.name, input: listings.get('before') ?? '' })
  const scripts = new Map<ChangeName, string>()
  let previous = listings.get('before') ?? ''
  for (const { name } of changes) {
    const listing = listings.get(name) ?? previous
    scripts.set(name, nftDifference(previous, listing))
    previous = listing
  }
  const spawner = undo.use(await startSpawner(namespace.name))
  const done = undo.move()
  return {
    make: async (name) => {
      const job = { program: nft, args: ['-f', '-'], environment: {}, input: scripts.get(name) ?? '' }
      return (await spawner.run([job])).total
    },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** The table as `nft` shows it. */
export function listTable(namespace?: string): Promise<string> {
  return output('nft', ['list', 'table', 'inet', 'manx'], namespace === undefined ? {} : { namespace })
}
