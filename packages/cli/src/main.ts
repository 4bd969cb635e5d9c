import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

// A reader that closes early (head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Of a command that nothing keeps alive any more, and that never came to its end.
process.exitCode = 1
void run(process.argv.slice(2), processTerminal).then((code) => {
  process.exitCode = code
})
