import type { LabState } from '../host/lab-state.ts'
import type { LabOptions } from '../plan/lab-options.ts'

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
  /** What its lab must be like; default three nodes that peer with their ToRs. */
  readonly options?: Partial<Omit<LabOptions, 'name'>>
  round(context: SoakContext): Promise<void>
}
