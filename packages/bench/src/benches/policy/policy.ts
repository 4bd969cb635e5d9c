import { type Benchmark, type Figure, figureOf, type Size } from '../../measure.ts'
import { makeWorld } from '../../workload/world.ts'
import { changes } from './probe.ts'
import { throughApi } from './through-api.ts'
import { throughFelix } from './through-felix.ts'

interface PolicyCase {
  /** Beside the one that is probed. */
  readonly endpoints: number
  readonly policies: number
  readonly remotePods: number
}

const small: PolicyCase = { endpoints: 1, policies: 10, remotePods: 100 }
const large: PolicyCase = { endpoints: 100, policies: 1000, remotePods: 10_000 }

const policySizes: Readonly<Record<Size, { readonly cases: readonly PolicyCase[]; readonly rounds: number }>> = {
  full: { cases: [small, large], rounds: 200 },
  quick: { cases: [small, { endpoints: 20, policies: 200, remotePods: 500 }], rounds: 20 },
  tiny: { cases: [{ endpoints: 2, policies: 3, remotePods: 5 }], rounds: 2 },
}

/** How long a change of policy takes to reach the packets, beside one `nft -f -` for the same change of the kernel's rules. */
export const policy: Benchmark = {
  name: 'policy',
  summary: 'policies and labels changed → first packet refused or let through, beside nft -f - for the same change',
  needsComponents: true,
  async run({ size, rounds: asked, progress, wants }) {
    const { cases, rounds } = policySizes[size]
    const figures: Figure[] = []
    for (const one of cases) {
      const name = `${count(one.endpoints, 'endpoint')}, ${one.policies.toLocaleString('en')} policies`
      const [fromApi, fromEvent] = [`${name}, from API response`, `${name}, from event`]
      if (!wants(fromApi) && !wants(fromEvent)) continue
      const world = makeWorld({ ...one, localPods: one.endpoints, applyTo: 'local' })
      const n = asked ?? rounds
      progress(`${name}, ${one.remotePods} pods elsewhere`)
      const measured = wants(fromApi) ? await throughApi(world, n, progress) : undefined
      const told = wants(fromEvent) ? await throughFelix(world, n, progress) : undefined
      for (const change of changes) {
        const baseline = measured?.nft.get(change.name) ?? []
        for (const [from, times] of [
          [fromApi, measured?.ours],
          [fromEvent, told],
        ] as const) {
          const metric = `${change.name} → ${change.packets}, ${from}`
          figures.push(...figureOf('policy', metric, times?.get(change.name) ?? [], { baseline }))
        }
      }
    }
    return figures
  },
}

const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
