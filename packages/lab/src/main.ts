// `npm run lab -- …`
import { CommanderError } from 'commander'
import { createProgram } from './commands/create-program.ts'
import { describeError, exitCodeOf } from './exit-code.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  // Commander has printed its own.
  if (!(error instanceof CommanderError)) console.error(`lab: ${describeError(error)}`)
  process.exitCode = exitCodeOf(error)
}
// Keep-alive connections and listeners of signals would keep the process.
process.exit()
