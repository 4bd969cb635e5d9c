import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output, run, startDaemon } from '@manx/testbed'
import { attachPods } from '../../cluster/attach-pods.ts'
import { type BenchNode, startBenchNode } from '../../cluster/bench-node.ts'
import { createWorld } from '../../cluster/create-all.ts'
import { type Benchmark, type Figure, figureOf, type Size } from '../../measure.ts'
import { here, makeWorld, type WorldOptions } from '../../workload/world.ts'
import { type StartSample, type StartTimes, startOne } from './start-one.ts'

interface StartSize extends StartTimes {
  readonly world: Omit<WorldOptions, 'applyTo'>
  readonly rounds: number
}

const startSizes: Readonly<Record<Size, StartSize>> = {
  full: { world: { localPods: 100, remotePods: 10_000, policies: 1000 }, rounds: 5, settle: 30_000, idle: 20_000 },
  quick: { world: { localPods: 100, remotePods: 10_000, policies: 1000 }, rounds: 1, settle: 5000, idle: 5000 },
  tiny: { world: { localPods: 2, remotePods: 10, policies: 3 }, rounds: 1, settle: 200, idle: 500 },
}

const cases = [
  { applyTo: 'elsewhere', name: 'elsewhere' },
  { applyTo: 'local', name: 'active' },
] as const

/**
 * `agent` finds its rules in the kernel, as after a restart; `agent, no rules` must write them all. The others are what Node
 * itself takes: to list and parse the same objects, and to do nothing.
 */
const kinds = ['agent', 'agent, no rules', 'bare list', 'bare Node'] as const
type Kind = (typeof kinds)[number]

/** What a restart of the agent costs. */
export const start: Benchmark = {
  name: 'start',
  summary: 'process start → in sync with its pods and policies; memory and CPU, beside a bare list of the same objects',
  needsComponents: true,
  async run({ size, rounds: asked, progress, wants }) {
    const { world, rounds, ...times } = startSizes[size]
    const figures: Figure[] = []
    for (const { applyTo, name } of cases) {
      const policies = `${world.policies.toLocaleString('en')} policies ${name}`
      if (!wants(policies)) continue
      const samples = await measure({ ...world, applyTo }, asked ?? rounds, times, progress)
      figures.push(...figuresOf(samples, policies))
    }
    return figures
  },
}

async function measure(
  options: WorldOptions,
  rounds: number,
  times: StartTimes,
  progress: (text: string) => void,
): Promise<ReadonlyMap<Kind, readonly StartSample[]>> {
  await using node = await startBenchNode(progress)
  const world = makeWorld(options)
  await createWorld(node.client, world, progress)
  const agent = await node.startAgent()
  progress(`attaching ${world.localPods.length} pods`)
  const names = world.localPods.map(({ metadata }) => metadata.name)
  await using _attached = await attachPods(node, here, names)
  await agent.stop('SIGKILL')
  const starts = startsOf(node, times)
  const samples = new Map(kinds.map((kind): [Kind, StartSample[]] => [kind, []]))
  // The first round warms the caches of the kernel and of the API server.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of kinds) {
      const sample = await starts[kind]()
      progress(`round ${round} of ${rounds}, ${kind}: ${describeSample(sample)}`)
      if (round > 0) samples.get(kind)?.push(sample)
    }
  }
  return samples
}

function startsOf(node: BenchNode, times: StartTimes): Readonly<Record<Kind, () => Promise<StartSample>>> {
  const lister = fileURLToPath(new URL('bare-list.mjs', import.meta.url))
  const port = new URL(node.api.server).port
  const authority = join(node.api.folder, `certificates-${port}`, 'apiserver.crt')
  const agent = () => startOne(() => node.launchAgent(), node.isReady, times)
  const saysDone = (daemon: { log(): string }) => daemon.log().includes('done')
  return {
    agent,
    'agent, no rules': async () => {
      await run('nft', ['delete', 'table', 'inet', 'manx'])
      const sample = await agent()
      const table = await output('nft', ['list', 'chains'])
      if (!table.includes('table inet manx')) throw new Error('the agent wrote no rules')
      return sample
    },
    'bare list': () =>
      startOne(
        () => startDaemon(process.execPath, [lister, node.api.server, authority, node.api.token, ...listedPaths]),
        saysDone,
        times,
      ),
    'bare Node': () =>
      startOne(
        () => startDaemon(process.execPath, ['-e', 'console.log("done"); setInterval(() => undefined, 1 << 30)']),
        saysDone,
        times,
      ),
  }
}

/** What the agent follows; of the rest there is next to nothing here. */
const listedPaths = [
  '/api/v1/pods',
  '/api/v1/nodes',
  '/api/v1/namespaces',
  '/api/v1/serviceaccounts',
  '/apis/networking.k8s.io/v1/networkpolicies',
] as const

const describeSample = ({ ready, cpu, peak, settled, idle }: StartSample) =>
  `in sync after ${ready.toFixed(0)} ms (CPU ${cpu} ms), ${peak.toFixed(0)}, then ${settled.toFixed(0)} MiB, idle ${idle.toFixed(1)} ms/s`

const measures = [
  { field: 'ready', what: 'in sync', unit: 'ms' },
  { field: 'cpu', what: 'CPU until in sync', unit: 'ms' },
  { field: 'peak', what: 'peak memory', unit: 'MiB' },
  { field: 'settled', what: 'settled memory', unit: 'MiB' },
  { field: 'settledPss', what: 'settled memory, shared in part', unit: 'MiB' },
  { field: 'idle', what: 'idle CPU per second', unit: 'ms' },
] as const satisfies readonly { readonly field: keyof StartSample; readonly what: string; readonly unit: string }[]

function figuresOf(samples: ReadonlyMap<Kind, readonly StartSample[]>, policies: string): readonly Figure[] {
  return kinds.flatMap((kind) =>
    measures.flatMap(({ field, what, unit }) => {
      const values = (of: Kind) => samples.get(of)?.map((sample) => sample[field]) ?? []
      // What we do is beside what Node needs to read the same; that is beside what Node needs for nothing.
      const beside = kind === 'bare Node' ? [] : kind === 'bare list' ? values('bare Node') : values('bare list')
      return figureOf('start', `${kind}: ${what}, ${policies}`, values(kind), { unit, baseline: beside })
    }),
  )
}
