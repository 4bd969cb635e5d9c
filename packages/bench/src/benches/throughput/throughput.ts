import { type Benchmark, type Figure, figureOf, type Size } from '../../measure.ts'
import { hasIperf, loads, measureLoad, startServers } from './load.ts'
import type { Topology } from './topology.ts'
import { conntrack, makeVariant, variantsOf } from './variants.ts'

interface ThroughputSize {
  readonly rules: { readonly small: number; readonly large: number; readonly distinct: number }
  readonly rounds: number
  /** Of each load in each round. */
  readonly seconds: number
}

const throughputSizes: Readonly<Record<Size, ThroughputSize>> = {
  full: { rules: { small: 1000, large: 10_000, distinct: 100 }, rounds: 15, seconds: 1 },
  quick: { rules: { small: 1000, large: 10_000, distinct: 100 }, rounds: 3, seconds: 0.5 },
  tiny: { rules: { small: 3, large: 10, distinct: 3 }, rounds: 1, seconds: 0.05 },
}

const ways = [
  { name: 'same node', to: 'sameNode' },
  { name: 'across nodes', to: 'otherNode' },
] as const satisfies readonly { readonly name: string; readonly to: keyof Topology }[]

/** What rules cost the packets, beside the same veths with nothing but an accept of established connections. */
export const throughput: Benchmark = {
  name: 'throughput',
  summary: 'pod to pod by the number of rules: throughput, round trips, new connections, beside one conntrack accept',
  needsComponents: false,
  async run({ size, rounds: asked, progress, wants }) {
    const { rules, rounds: usual, seconds } = throughputSizes[size]
    const rounds = asked ?? usual
    await using undo = new AsyncDisposableStack()
    const topologies = new Map<string, Topology>()
    for (const variant of variantsOf(rules)) {
      if (variant.name !== conntrack && !wants(variant.name)) continue
      progress(`making ${variant.name}`)
      const topology = undo.use(await makeVariant(variant))
      await startServers(topology)
      topologies.set(variant.name, topology)
    }
    progress(`throughput is measured by ${hasIperf && seconds >= 1 ? 'iperf3' : 'the helper'}`)
    const samples = new Map<string, number[]>()
    // The first round warms up. Variants take turns within each load, to and fro, so that a drift of the machine meets all.
    for (let round = 0; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`)
      const inTurn = round % 2 === 0 ? [...topologies] : [...topologies].reverse()
      for (const way of ways) {
        for (const load of loads) {
          for (const [name, topology] of inTurn) {
            const rate = await measureLoad(load, topology.client, topology[way.to], seconds)
            const key = keyOf(load.name, way.name, name)
            if (round > 0) samples.set(key, [...(samples.get(key) ?? []), rate])
          }
        }
      }
    }
    return ways.flatMap((way) =>
      loads.flatMap((load) =>
        [...topologies.keys()].flatMap((name): readonly Figure[] => {
          if (name === conntrack) return []
          const own = samples.get(keyOf(load.name, way.name, name)) ?? []
          const baseline = samples.get(keyOf(load.name, way.name, conntrack)) ?? []
          const metric = `${load.name}, ${way.name}: ${name}`
          return figureOf('throughput', metric, own, { unit: load.unit, baseline, higherIsBetter: true })
        }),
      ),
    )
  },
}

const keyOf = (...parts: readonly string[]) => parts.join('|')
