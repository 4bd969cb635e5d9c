import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipReason } from '@manx/testbed'
import fc from 'fast-check'
import { Comparison } from './comparison.ts'
import { findSmallest } from './find-smallest.ts'
import { createNetwork, type TestNetwork } from './network.ts'
import { renderSteps } from './render-failure.ts'
import type { Step } from './scenario.ts'
import { scenario } from './scenario-arbitrary.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'nsenter', 'cc', 'conntrack'] })
const suite = reason === undefined ? describe : describe.skip
const pairs = Number(process.env.MANX_DIFFERENTIAL_PAIRS ?? 20_000)
const seed = Number(process.env.MANX_DIFFERENTIAL_SEED ?? Date.now() % 1_000_000)
/** Without it in the kernel a packet of SCTP has no ports that its flow is known by. */
const sctp = existsSync('/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_closed')
const left = sctp ? '' : ', without SCTP, which this kernel does not track'

/** Every so often another felix takes over, as after an update of the agent. */
const scenariosUntilRestart = 10

suite(`policy on paper and in the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  let network: TestNetwork

  beforeAll(async () => {
    network = await createNetwork()
  }, 60_000)
  afterAll(async () => network[Symbol.asyncDispose]())

  const name = `${pairs} packets get the verdict of the evaluator, and a restart writes nothing${left}`
  const timeout = 180_000 + pairs * 20
  test(
    name,
    async () => {
      const comparison = await Comparison.start(network)
      const totals = { pairs: 0, allowed: 0, scenarios: 0, states: 0 }
      for (const steps of scenarios()) {
        const outcome = await comparison.run(steps)
        totals.pairs += outcome.pairs
        totals.allowed += outcome.allowed
        totals.scenarios += 1
        totals.states += steps.length
        const [difference] = outcome.differences
        if (difference !== undefined) {
          const found = await findSmallest(comparison, steps, difference)
          throw new Error(`seed ${seed}, scenario ${totals.scenarios}: ${found}`)
        }
        if (totals.scenarios % scenariosUntilRestart === 0) {
          const transactions = await comparison.restart()
          if (transactions > 0) {
            throw new Error(`seed ${seed}: ${renderSteps('a restart writes to nftables', steps)}`)
          }
        }
        if (totals.pairs >= pairs) break
      }
      process.stderr.write(
        `${totals.pairs} packets, ${Math.round((100 * totals.allowed) / totals.pairs)} % allowed, ` +
          `${totals.states} states of ${totals.scenarios} scenarios, seed ${seed}\n`,
      )
      expect(totals.pairs).toBeGreaterThanOrEqual(pairs)
    },
    timeout,
  )
})

/** Without end, the same for the same seed. */
function* scenarios(): Generator<readonly Step[]> {
  for (let number = 0; ; number++) {
    for (const steps of fc.sample(scenario, { numRuns: 20, seed: seed + number, unbiased: true })) {
      yield sctp ? steps : steps.map((step) => ({ ...step, packets: step.packets.filter(isNotSctp) }))
    }
  }
}

const isNotSctp = ({ protocol }: Step['packets'][number]): boolean => protocol !== 132
