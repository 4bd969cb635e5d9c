import { setTimeout as sleep } from 'node:timers/promises'
import { type FamilyKey, judge, type Probe } from './probe.ts'
import { runProbes } from './run-probes.ts'

/** A cell of the matrix. */
export interface CheckResult {
  readonly check: string
  readonly family: FamilyKey
  readonly total: number
  /** Answered as expected, but not at the first try. */
  readonly late: number
  readonly failures: readonly string[]
}

export interface SettleOptions {
  readonly lab: string
  readonly podPid: (pod: string) => number | undefined
  /** How long probes that fail are repeated: routes may be on their way. */
  readonly settleSeconds: number
  readonly signal: AbortSignal
}

/** Sends probes, those that fail again and again until all hold or the time is up. */
export async function settleProbes(probes: readonly Probe[], options: SettleOptions): Promise<readonly CheckResult[]> {
  const deadline = Date.now() + options.settleSeconds * 1000
  const problems = new Map<Probe, string>()
  const late = new Set<Probe>()
  let pending = probes
  for (;;) {
    options.signal.throwIfAborted()
    const answers = await runProbes(options.lab, pending, options.podPid)
    for (const [index, probe] of pending.entries()) {
      const answer = answers[index] ?? { error: 'no answer' }
      const problem = 'error' in answer ? answer.error : judge(probe.expect, answer.text)
      if (problem === undefined) problems.delete(probe)
      else problems.set(probe, problem)
    }
    pending = pending.filter((probe) => problems.has(probe))
    if (pending.length === 0 || Date.now() > deadline) break
    for (const probe of pending) late.add(probe)
    await sleep(500, undefined, { signal: options.signal })
  }
  return [...Map.groupBy(probes, ({ check, family }) => `${check} ${family}`).values()].map((group) =>
    resultOf(group, problems, late),
  )
}

function resultOf(
  probes: readonly Probe[],
  problems: ReadonlyMap<Probe, string>,
  late: ReadonlySet<Probe>,
): CheckResult {
  const [{ check, family }] = probes as readonly [Probe]
  return {
    check,
    family,
    total: probes.length,
    late: probes.filter((probe) => late.has(probe) && !problems.has(probe)).length,
    failures: probes.flatMap((probe) => {
      const problem = problems.get(probe)
      return problem === undefined ? [] : [`${probe.what}: ${problem}`]
    }),
  }
}
