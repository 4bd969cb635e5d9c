import { networkPolicies, pause, pods } from '@manx/api'
import { type BenchNode, startBenchNode } from '../../cluster/bench-node.ts'
import { peerPlugins } from '../../cluster/components.ts'
import { createAll, createWorld } from '../../cluster/create-all.ts'
import { makeSandboxes } from '../../cluster/sandboxes.ts'
import { type Benchmark, type BenchmarkContext, type Figure, figureOf, type Size } from '../../measure.ts'
import { type BatchResult, startSpawner } from '../../native/spawn-batch.ts'
import { makeWorld, nodeOfBench, podOf } from '../../workload/world.ts'
import { manxPlugin, type Plugin, peers, podNamespace } from './plugins.ts'
import { podPolicies } from './pod-policies.ts'

interface CniSize {
  /** Pods that are added and deleted one after the other. */
  readonly single: number
  /** Times that `atOnce` pods are. */
  readonly bursts: number
  readonly atOnce: number
  readonly remotePods: number
  /** Policies that apply to each pod. */
  readonly policies: number
}

const cniSizes: Readonly<Record<Size, CniSize>> = {
  full: { single: 200, bursts: 20, atOnce: 30, remotePods: 1000, policies: 10 },
  quick: { single: 40, bursts: 4, atOnce: 30, remotePods: 100, policies: 10 },
  tiny: { single: 2, bursts: 1, atOnce: 3, remotePods: 5, policies: 2 },
}

/** Milliseconds of each plugin's calls, by what was done. */
type Samples = Record<'add' | 'delete' | 'addBurst' | 'deleteBurst' | 'addOfBurst', number[]>

/** What a runtime waits for when it starts and ends pods; our answer means that the pod's policy is in the kernel. */
export const cni: Benchmark = {
  name: 'cni',
  summary: 'ADD and DEL one by one and many at once, with policy in force, beside ptp and bridge with host-local',
  needsComponents: true,
  async run(context) {
    const size = cniSizes[context.size]
    const { progress } = context
    await using node = await startBenchNode(progress)
    const world = makeWorld({ localPods: 0, remotePods: size.remotePods, policies: 0, applyTo: 'local' })
    await createWorld(node.client, world, progress)
    await createAll(node.client, networkPolicies, podPolicies(size.policies))
    await node.startAgent()
    const plugins = [manxPlugin(node), ...peers(node)]
    progress(`${node.cni.path} is the ${node.cni.kind}; ptp and bridge are of ${peerPlugins().source}`)
    const samples = await measure(context, node, plugins, size)
    return figures(samples, size, node.cni.kind)
  },
}

/** Milliseconds after a call until the next is timed: what an ADD leaves for later is not to be counted as its neighbour's. */
const settle = 20

async function measure(
  { progress, rounds }: BenchmarkContext,
  node: BenchNode,
  plugins: readonly Plugin[],
  size: CniSize,
): Promise<ReadonlyMap<string, Samples>> {
  using spawner = await startSpawner()
  await using undo = new AsyncDisposableStack()
  const samples = new Map(plugins.map(({ name }) => [name, emptySamples()]))
  const sandboxes = new Map<string, readonly string[]>()
  for (const { name } of plugins) {
    sandboxes.set(name, undo.use(await makeSandboxes(`cni-${name}`, size.atOnce)).paths)
  }
  /** The pods' calls, in a burst; all plugins in turn, so that a drift of the machine meets all. */
  const call = async (verb: 'ADD' | 'DEL', burst: readonly { readonly pod: string; readonly slot: number }[]) => {
    const results = new Map<string, BatchResult>()
    for (const plugin of plugins) {
      const jobs = burst.map(({ pod, slot }) =>
        plugin.job(verb, `${plugin.name}-${pod}`, sandboxes.get(plugin.name)?.[slot] ?? '', pod),
      )
      results.set(plugin.name, await spawner.run(jobs))
      await pause(settle)
    }
    return results
  }

  progress(`${size.single} pods one by one`)
  // The first block warms up.
  for (let done = -size.atOnce; done < size.single; done += size.atOnce) {
    const names = await makePods(node, `single-${done + size.atOnce}`, Math.min(size.atOnce, size.single - done))
    for (const verb of ['ADD', 'DEL'] as const) {
      for (const [slot, pod] of names.entries()) {
        for (const [name, { total }] of await call(verb, [{ pod, slot }])) {
          if (done >= 0) samples.get(name)?.[verb === 'ADD' ? 'add' : 'delete'].push(total)
        }
      }
    }
  }
  const bursts = rounds ?? size.bursts
  progress(`${bursts} times ${size.atOnce} pods at once`)
  for (let burst = 0; burst <= bursts; burst++) {
    const names = await makePods(node, `burst-${burst}`, size.atOnce)
    for (const verb of ['ADD', 'DEL'] as const) {
      for (const [name, { total, each }] of await call(
        verb,
        names.map((pod, slot) => ({ pod, slot })),
      )) {
        const own = samples.get(name)
        if (burst === 0 || own === undefined) continue
        own[verb === 'ADD' ? 'addBurst' : 'deleteBurst'].push(total)
        if (verb === 'ADD') own.addOfBurst.push(...each)
      }
      await pause(settle * 10)
    }
  }
  return samples
}

const emptySamples = (): Samples => ({ add: [], delete: [], addBurst: [], deleteBurst: [], addOfBurst: [] })

/** They are in the API before the runtime makes their sandboxes, as always. */
async function makePods(node: BenchNode, prefix: string, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  await createAll(
    node.client,
    pods,
    names.map((name) => podOf(name, podNamespace, nodeOfBench, { app: 'bench' })),
  )
  return names
}

function figures(samples: ReadonlyMap<string, Samples>, size: CniSize, kind: string): readonly Figure[] {
  const metrics = {
    add: 'ADD, one by one',
    delete: 'DEL, one by one',
    addBurst: `${size.atOnce} ADDs at once, all`,
    addOfBurst: `${size.atOnce} ADDs at once, each`,
    deleteBurst: `${size.atOnce} DELs at once, all`,
  } as const
  const own = samples.get('manx') ?? emptySamples()
  return (Object.keys(metrics) as (keyof Samples)[]).flatMap((what) =>
    [...samples].flatMap(([name, peer]) =>
      name === 'manx'
        ? []
        : figureOf('cni', `${metrics[what]} (${kind}; beside ${name})`, own[what], { baseline: peer[what] }),
    ),
  )
}
