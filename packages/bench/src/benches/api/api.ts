import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type KubernetesClient, keyOf, pods } from '@manx/api'
import { startBareApiServer } from '../../cluster/bare-api-server.ts'
import { createWorld, each } from '../../cluster/create-all.ts'
import { type Benchmark, type Figure, figureOf, monotonic, type Size } from '../../measure.ts'
import { makeWorld, type World } from '../../workload/world.ts'
import { cpuOf, forgetPeak, usageOf } from '../start/process-usage.ts'
import { startFollower } from './follower.ts'

interface ApiSize {
  readonly pods: number
  readonly rounds: number
  /** Changes that are waited for one by one. */
  readonly changes: number
  /** Changes as fast as the API server takes them. */
  readonly burst: number
}

const apiSizes: Readonly<Record<Size, ApiSize>> = {
  full: { pods: 10_000, rounds: 5, changes: 100, burst: 5000 },
  quick: { pods: 10_000, rounds: 1, changes: 50, burst: 1000 },
  tiny: { pods: 20, rounds: 1, changes: 3, burst: 10 },
}

/** Last the baseline: the informer of the library that everybody uses. */
const kinds = ['fields', 'whole objects', 'plain library'] as const
type Kind = (typeof kinds)[number]

interface Sample {
  /** Milliseconds from the request until all pods are known, and CPU of the process meanwhile. */
  readonly list: number
  readonly listCpu: number
  /** MiB. */
  readonly peak: number
  /** What it took beyond what the loaded program had. */
  readonly peakAbove: number
  readonly latencies: readonly number[]
  /** Milliseconds for a thousand changes. */
  readonly watchCpu: number
}

/** What it costs to follow the pods of a cluster. */
export const api: Benchmark = {
  name: 'api',
  summary: 'list and watch of 10,000 pods; time, CPU, memory, beside the informer of the plain Kubernetes library',
  needsComponents: true,
  async run({ size, rounds: asked, progress, wants }) {
    const { rounds, ...work } = apiSizes[size]
    await using undo = new AsyncDisposableStack()
    progress('starting etcd and kube-apiserver')
    const server = undo.use(await startBareApiServer())
    const client = await server.client()
    undo.defer(() => client.close())
    const world = makeWorld({
      localPods: work.pods / 10,
      remotePods: (work.pods * 9) / 10,
      policies: 0,
      applyTo: 'local',
    })
    await createWorld(client, world, progress)
    const folder = mkdtempSync(join(tmpdir(), 'manx-bench-'))
    undo.defer(() => rmSync(folder, { recursive: true }))
    const programs = await programsIn(folder)
    const samples = new Map(kinds.map((kind): [Kind, Sample[]] => [kind, []]))
    // The first round warms the caches of the API server.
    for (let round = 0; round <= (asked ?? rounds); round++) {
      for (const kind of kinds) {
        if (!wants(kind)) continue
        const args = [...programs[kind], String(work.pods)]
        const sample = await follow(args, {
          client,
          world,
          kubeconfig: server.kubeconfig,
          ...work,
          round: `${kind[0]}${round}`,
        })
        progress(`round ${round} of ${asked ?? rounds}, ${kind}: ${describeSample(sample)}`)
        if (round > 0) samples.get(kind)?.push(sample)
      }
    }
    return figuresOf(samples, work.pods)
  },
}

async function programsIn(folder: string): Promise<Readonly<Record<Kind, readonly string[]>>> {
  const source = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const bundle = join(folder, 'follow-manx.cjs')
  await promisify(execFile)(process.execPath, [
    source('../../../../../scripts/bundle.mjs'),
    source('follow-manx.ts'),
    bundle,
  ])
  return {
    fields: [bundle, 'fields'],
    'whole objects': [bundle, 'whole'],
    'plain library': [source('follow-plain.mjs')],
  }
}

interface FollowOptions extends Pick<ApiSize, 'changes' | 'burst'> {
  readonly client: KubernetesClient
  readonly world: World
  readonly kubeconfig: string
  /** In the labels, so that each is a new one. */
  readonly round: string
}

async function follow(args: readonly string[], options: FollowOptions): Promise<Sample> {
  const { client, world, kubeconfig, round } = options
  await using follower = startFollower(args, { ...process.env, KUBECONFIG: kubeconfig })
  const { pid } = follower
  await follower.begins
  forgetPeak(pid)
  const before = usageOf(pid)
  const list = await follower.complete
  const listCpu = cpuOf(pid) - before.cpu
  const keys = world.remotePods.map(keyOf)
  const change = async (key: string, label: string) => {
    const from = monotonic()
    await client.patch(pods, key, { metadata: { labels: { bench: label } } })
    return (await follower.seen(label)) - from
  }
  const latencies: number[] = []
  for (const [index, key] of keys.slice(0, options.changes).entries()) {
    latencies.push(await change(key, `one-${round}-${index}`))
  }
  const cpuBefore = cpuOf(pid)
  const many = Array.from({ length: options.burst }, (_, index) => index)
  await each(many, (index) => change(keys[index % keys.length] ?? '', `many-${round}-${index}`))
  const watchCpu = ((cpuOf(pid) - cpuBefore) / options.burst) * 1000
  const { peak } = usageOf(pid)
  return { list, listCpu, peak, peakAbove: peak - before.resident, latencies, watchCpu }
}

const describeSample = ({ list, listCpu, peak, watchCpu }: Sample) =>
  `listed in ${list.toFixed(0)} ms (CPU ${listCpu.toFixed(0)} ms), ${peak.toFixed(0)} MiB, ${watchCpu.toFixed(0)} ms of CPU for 1,000 changes`

function figuresOf(samples: ReadonlyMap<Kind, readonly Sample[]>, count: number): readonly Figure[] {
  const measures: readonly { what: string; unit: string; of: (sample: Sample) => readonly number[] }[] = [
    { what: 'all known', unit: 'ms', of: ({ list }) => [list] },
    { what: 'CPU until all known', unit: 'ms', of: ({ listCpu }) => [listCpu] },
    { what: 'peak memory', unit: 'MiB', of: ({ peak }) => [peak] },
    { what: 'peak memory beyond the loaded program', unit: 'MiB', of: ({ peakAbove }) => [peakAbove] },
    { what: 'change asked for → seen', unit: 'ms', of: ({ latencies }) => latencies },
    { what: 'CPU for 1,000 changes', unit: 'ms', of: ({ watchCpu }) => [watchCpu] },
  ]
  const valuesOf = (kind: Kind, of: (sample: Sample) => readonly number[]) => (samples.get(kind) ?? []).flatMap(of)
  return kinds.flatMap((kind) =>
    measures.flatMap(({ what, unit, of }) => {
      const baseline = kind === 'plain library' ? [] : valuesOf('plain library', of)
      const metric = `${kind}: ${what}, ${count.toLocaleString('en')} pods`
      return figureOf('api', metric, valuesOf(kind, of), { unit, baseline })
    }),
  )
}
