import { type KubernetesClient, networkPolicies, pause, pods } from '@manx/api'
import { attachPods } from '../../cluster/attach-pods.ts'
import { startBenchNode } from '../../cluster/bench-node.ts'
import { createPods, createWorld } from '../../cluster/create-all.ts'
import { monotonic } from '../../measure.ts'
import { startProber } from '../../native/prober.ts'
import { here, type World } from '../../workload/world.ts'
import { type Listings, listTable, makeTwin } from './nft-twin.ts'
import {
  broadPolicy,
  type ChangeName,
  type Changer,
  changes,
  client,
  clientAddress,
  clientPod,
  onePolicy,
  server,
  serverPod,
} from './probe.ts'
import { type ChangeTimes, timeChanges } from './time-changes.ts'

export interface ThroughApi {
  readonly ours: ChangeTimes
  /** The same changes by `nft -f -`, one after each of ours. */
  readonly nft: ChangeTimes
}

/** Times changes from the API server's answer on, with a real agent. */
export async function throughApi(world: World, rounds: number, progress: (text: string) => void): Promise<ThroughApi> {
  await using node = await startBenchNode(progress)
  await createWorld(node.client, world, progress)
  await createPods(node.client, [serverPod, clientPod()])
  await node.startAgent()
  progress(`attaching ${world.localPods.length + 1} pods`)
  const names = [server.name, ...world.localPods.map(({ metadata }) => metadata.name)]
  await using attached = await attachPods(node, here, names)
  const [probed] = attached.pods
  if (probed === undefined) throw new Error('no pod to probe')
  await node.router.output('ip', ['address', 'add', `${clientAddress}/32`, 'dev', 'lo'])
  using prober = await startProber({
    source: node.router.path,
    sourceAddress: clientAddress,
    target: probed.netns,
    targetAddress: probed.address,
  })
  await prober.until('passed')
  const changer = apiChanger(node.client)
  const listings: Map<ChangeName | 'before', string> = new Map([['before', await listTable()]])
  await timeChanges(changer, prober, 1, async (name) => {
    // The agent may tidy up after the packets have changed.
    await pause(100)
    listings.set(name, await listTable())
  })
  await using twin = await twinOf(listings, progress)
  const nft = new Map(changes.map(({ name }): [ChangeName, number[]] => [name, []]))
  progress(`${changes.length} changes, ${rounds} times`)
  const ours = await timeChanges(changer, prober, rounds, async (name) => {
    if (twin !== undefined) nft.get(name)?.push(await twin.make(name))
  })
  return { ours, nft }
}

/** Debian's nft has ended in the middle of rulesets before; ours are measured all the same. */
async function twinOf(listings: Listings, progress: (text: string) => void) {
  try {
    return await makeTwin(listings)
  } catch (error) {
    progress(`nothing to compare with: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`)
    return undefined
  }
}

function apiChanger(api: KubernetesClient): Changer {
  const answered = async (request: Promise<unknown>) => {
    await request
    return monotonic()
  }
  const label = (role: string | null) => api.patch(pods, client.key, { metadata: { labels: { role } } })
  return {
    'policy created': () => answered(api.create(networkPolicies, onePolicy)),
    'label added': () => answered(label(client.label.role)),
    'label removed': () => answered(label(null)),
    'policy deleted': () => answered(api.delete(networkPolicies, onePolicy.metadata)),
    'policy for all pods created': () => answered(api.create(networkPolicies, broadPolicy)),
    'policy for all pods deleted': () => answered(api.delete(networkPolicies, broadPolicy.metadata)),
  }
}
