import { connectLabApi } from '../cluster/lab-api.ts'
import type { LabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import { planLab } from '../plan/lab-plan.ts'
import type { TrafficLab } from '../traffic/start-traffic.ts'

/** What a fault is done to. */
export interface FaultLab extends TrafficLab {
  readonly state: LabState
  /** Repeatable for one seed. */
  readonly random: () => number
  readonly log: (message: string) => void
}

/** What was seen, for people in `summary`; nothing may be in `problems`. */
export interface FaultResult {
  readonly summary: string
  readonly problems: readonly string[]
}

/** Opens a lab that is up; close `api` at the end. */
export function faultLab(state: LabState, rest: Pick<FaultLab, 'random' | 'log' | 'signal'>): FaultLab {
  const { apiPort, programs, agnhostImage } = state
  if (apiPort === undefined || programs === undefined || agnhostImage === undefined) {
    throw new LabError('StartFailed', `lab '${state.options.name}' is not complete (${state.phase}): 'down' removes it`)
  }
  const plan = planLab(state.options)
  const api = connectLabApi(state.options.name, apiPort)
  return { state, plan, api, kubectl: programs.kubectl, agnhostImage, ...rest }
}

/** Throws when something did not hold. */
export function requireHeld(what: string, { problems, summary }: FaultResult): void {
  if (problems.length === 0) return
  throw new LabError('CheckFailed', `${what} (${summary}):\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
}
