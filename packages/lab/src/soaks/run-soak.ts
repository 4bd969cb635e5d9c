import { readLabState, requireLabState } from '../host/lab-state.ts'
import { createProgress } from '../host/progress.ts'
import { removeLab } from '../host/remove-lab.ts'
import { LabError } from '../lab-error.ts'
import { upLab } from '../up-lab.ts'
import type { Soak } from './soak.ts'

export interface RunSoakOptions {
  /** A lab that is there is used and stays; otherwise one is made and removed. */
  readonly lab: string
  readonly minutes: number
  readonly seed: number
  readonly signal: AbortSignal
  readonly log: (message: string) => void
}

/** Runs rounds of a soak until the time is up; returns how many held. Rejects at the first that did not. */
export async function runSoak(soak: Soak, options: RunSoakOptions): Promise<number> {
  const { lab, seed, signal, log } = options
  const own = (await readLabState(lab)) === undefined
  const wanted = { nodes: 3, mesh: false, ...soak.options, name: lab }
  if (own) await upLab({ ...wanted, manx: true, install: false }, createProgress(log), signal)
  const state = await requireLabState(lab)
  if ((state.options.ipv6Primary ?? false) !== (wanted.ipv6Primary ?? false)) {
    throw new LabError('Invalid', `lab '${lab}' has another first family than this soak wants: choose another --lab`)
  }
  if (wanted.kubernetes !== undefined && state.options.kubernetes !== wanted.kubernetes) {
    throw new LabError('Invalid', `lab '${lab}' does not run Kubernetes ${wanted.kubernetes}: choose another --lab`)
  }
  const random = randomFrom(seed)
  log(`seed ${seed}`)
  const end = Date.now() + options.minutes * 60_000
  let rounds = 0
  do {
    await soak.round({ state, random, signal, log: (message) => log(`round ${rounds + 1}: ${message}`) })
    rounds += 1
  } while (Date.now() < end)
  // After a failure it stays for a look.
  if (own) await removeLab(lab)
  return rounds
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
