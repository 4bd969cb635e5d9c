import { messageOf, printable } from '@manx/api'
import { CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import { createProgram } from './create-program.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command line; resolves to the exit code: 0 done, 1 failed, 2 not understood, 3 documents with errors. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof CliError && error.code === 'Findings') return 3
    // Those of our own may have several lines.
    terminal.warn(error instanceof CliError ? error.message : printable(messageOf(error)))
    return error instanceof CliError && error.code === 'Usage' ? 2 : 1
  }
}
