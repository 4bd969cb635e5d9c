import type { Command } from 'commander'
import type { ConnectionFlags } from '../connect.ts'

export interface ObjectFlags extends ConnectionFlags {
  readonly namespace?: string
}

export interface InputFlags extends ObjectFlags {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly skipEmpty?: boolean
}

/** The namespace of what does not say its own. */
export function namespaceOf({ namespace }: ObjectFlags): string {
  return namespace ?? 'default'
}

/** Adds the flag of commands for objects by name. */
export function withNamespace(command: Command): Command {
  return command.option('-n, --namespace <name>', 'namespace of objects that do not say theirs; default "default"')
}

/** Adds the flags of commands that read resources. */
export function withInput(command: Command): Command {
  return withNamespace(command)
    .option('-f, --filename <path...>', 'YAML or JSON files, folders, or - for standard input')
    .option('-R, --recursive', 'go into folders below a folder')
    .option('--skip-empty', 'a file without resources is no error')
}
