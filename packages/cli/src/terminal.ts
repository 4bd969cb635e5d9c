import { CliError } from './cli-error.ts'
import { visible } from './output/visible.ts'

/** Where a command reads and writes; standard output has results only, all else goes to standard error. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  print(text: string): void
  warn(text: string): void
  readInput(): Promise<string>
}

export const processTerminal: Terminal = {
  environment: process.env,
  print: (text) => {
    process.stdout.write(`${visible(text)}\n`)
  },
  warn: (text) => {
    process.stderr.write(`${visible(text)}\n`)
  },
  readInput: async () => {
    if (process.stdin.isTTY) throw new CliError('Input', 'nothing comes in on standard input: pipe a file into it')
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString()
  },
}
