import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { checkDocuments, type Item } from '../documents/check-documents.ts'
import { readDocuments } from '../documents/read-documents.ts'
import { type Verb, writeItems } from '../documents/write-items.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { Terminal } from '../terminal.ts'
import { type InputFlags, withInput } from './input-flags.ts'

interface WriteFlags extends InputFlags {
  readonly skipExists?: boolean
  readonly skipNotExists?: boolean
}

const about = {
  create: ['make resources', 'Makes the resources of files; one that exists already is an error.'],
  apply: ['make or change resources', 'Makes the resources of files, or gives those that exist the spec of the file.'],
  replace: ['change resources', 'Gives resources that exist the spec of the file; one that does not is an error.'],
} as const

const example = '\nExamples:'

export function addWriteCommands(program: Command, terminal: Terminal): void {
  for (const verb of ['create', 'apply', 'replace'] as const) {
    const [summary, description] = about[verb]
    const command = program.command(verb).summary(summary).description(description)
    if (verb === 'create') command.option('--skip-exists', 'a resource that exists already is no error')
    command
      .addHelpText('after', `${example}\n  manxctl ${verb} -f pool.yaml\n  kustomize build . | manxctl ${verb} -f -`)
      .action(async (flags: WriteFlags) => {
        const items = await itemsOf(verb, flags, terminal)
        const options = { verb, skipExists: flags.skipExists === true }
        await withClient(terminal, flags, (client) => writeItems(client, items, options, terminal))
      })
    withConnection(withInput(command))
  }
  const command = program
    .command('delete')
    .summary('delete resources')
    .description('Deletes resources by kind and name, or those that files name.')
    .argument('[kind]', 'kind or one of its short names')
    .argument('[names...]', 'names of resources')
    .option('-s, --skip-not-exists', 'a resource that does not exist is no error')
    .addHelpText('after', `${example}\n  manxctl delete bgppeer tor-1 tor-2\n  manxctl delete -f pool.yaml`)
    .action(async (kind: string | undefined, names: string[], flags: WriteFlags) => {
      const items = kind === undefined ? await itemsOf('delete', flags, terminal) : named(kind, names, flags)
      const options = { verb: 'delete', skipMissing: flags.skipNotExists === true } as const
      await withClient(terminal, flags, (client) => writeItems(client, items, options, terminal))
    })
  withConnection(withInput(command))
}

async function itemsOf(verb: Verb, flags: WriteFlags, terminal: Terminal): Promise<Item[]> {
  if (flags.filename === undefined) throw new CliError('Usage', `say what to ${verb}: -f FILE`)
  const options = { recursive: flags.recursive === true, skipEmpty: flags.skipEmpty === true }
  const documents = await readDocuments(flags.filename, options, terminal)
  return checkDocuments(documents, { namesOnly: verb === 'delete' })
}

function named(kindName: string, names: readonly string[], flags: WriteFlags): Item[] {
  if (flags.filename !== undefined) throw new CliError('Usage', 'give a kind with names or -f, not both')
  if (names.length === 0) throw new CliError('Usage', `say which ${kindName} to delete by name`)
  const kind = requireKind(kindName)
  return names.map((name) => ({
    place: name,
    kind,
    object: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name } },
  }))
}
