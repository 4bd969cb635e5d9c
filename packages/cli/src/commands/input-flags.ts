import type { Command } from 'commander'
import type { ConnectionFlags } from '../connect.ts'

export interface InputFlags extends ConnectionFlags {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly skipEmpty?: boolean
  readonly namespace?: string
}

/** Adds the flags of commands that read resources. */
export function withInput(command: Command): Command {
  return command
    .option('-f, --filename <path...>', 'YAML or JSON files, folders, or - for standard input')
    .option('-R, --recursive', 'go into folders below a folder')
    .option('--skip-empty', 'a file without resources is no error')
    .option('-n, --namespace <name>', 'namespace, for kinds that have one')
}
