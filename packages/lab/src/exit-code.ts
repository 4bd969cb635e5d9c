import { CommanderError } from 'commander'
import { ComponentError } from './components/index.ts'
import { LabError } from './lab-error.ts'

/** What scripts can tell apart: 1 is anything that failed, a check of the network included. */
export const exitCodes = { failed: 1, usage: 2, prerequisite: 3, nameTaken: 4, notFound: 5, interrupted: 130 } as const

/** Exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  if (error instanceof LabError) {
    if (error.code === 'Invalid') return exitCodes.usage
    if (error.code === 'Prerequisite') return exitCodes.prerequisite
    if (error.code === 'NameTaken') return exitCodes.nameTaken
    if (error.code === 'NotFound') return exitCodes.notFound
    if (error.code === 'Aborted') return exitCodes.interrupted
  }
  if (error instanceof ComponentError) {
    if (error.code === 'Invalid') return exitCodes.usage
    if (error.code === 'CannotGet' || error.code === 'ToolMissing') return exitCodes.prerequisite
    if (error.code === 'Aborted') return exitCodes.interrupted
  }
  return exitCodes.failed
}

/** For those who know what to do about it a message is enough; anything else is a fault of the lab and shows where. */
export function describeError(error: unknown): string {
  if (error instanceof LabError || error instanceof ComponentError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
