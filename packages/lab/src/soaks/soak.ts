import type { LabState } from '../host/lab-state.ts'

export interface SoakContext {
  readonly state: LabState
  /** Repeatable for one seed: what fails can be run again. */
  random(): number
  log(message: string): void
  readonly signal: AbortSignal
}

/** Something that is done to a lab again and again; rejects when what must hold did not. */
export interface Soak {
  readonly description: string
  round(context: SoakContext): Promise<void>
}
