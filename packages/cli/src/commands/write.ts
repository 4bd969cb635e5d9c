import type { ClusterView, KubernetesClient } from '@manx/api'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { type CheckedSources, checkSources, type Item } from '../documents/check-sources.ts'
import { readCluster } from '../documents/read-cluster.ts'
import { readInput } from '../documents/read-sources.ts'
import { type Verb, writeItems } from '../documents/write-items.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { Terminal } from '../terminal.ts'
import { type InputFlags, namespaceOf, withInput } from './input-flags.ts'

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
        const options = { verb, skipExists: flags.skipExists === true }
        const check = await checkerOf(verb, flags, terminal)
        // Faults of the documents alone are told without a cluster.
        const { items } = check(undefined)
        await withClient(terminal, flags, async (client) => {
          await warnOf(items, check, client, terminal)
          await writeItems(client, items, options, terminal)
        })
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
      const items =
        kind === undefined ? (await checkerOf('delete', flags, terminal))(undefined).items : named(kind, names, flags)
      const options = { verb: 'delete', skipMissing: flags.skipNotExists === true } as const
      await withClient(terminal, flags, (client) => writeItems(client, items, options, terminal))
    })
  withConnection(withInput(command))
}

type Check = (cluster: ClusterView | undefined) => CheckedSources

/** Reads the files; what is returned checks what is in them, as often as it is asked. */
async function checkerOf(verb: Verb, flags: WriteFlags, terminal: Terminal): Promise<Check> {
  if (flags.filename === undefined) throw new CliError('Usage', `say what to ${verb}: -f FILE`)
  const input = await readInput(flags.filename, { recursive: flags.recursive === true }, terminal)
  const options = { namesOnly: verb === 'delete', namespace: namespaceOf(flags), skipEmpty: flags.skipEmpty === true }
  return (cluster) => checkSources(input, { ...options, ...(cluster === undefined ? {} : { cluster }) })
}

/** Says what may not be meant so, beside what the cluster has; that does not hinder the writing. */
async function warnOf(
  items: readonly Item[],
  check: Check,
  client: KubernetesClient,
  terminal: Terminal,
): Promise<void> {
  const kinds = new Set(items.map(({ kind }) => kind.kind))
  // Whether selectors match pods is for validate to say: to read all pods for each write would be too much.
  const cluster = await readCluster(client, { kinds, endpoints: false, warn: () => undefined })
  const { warnings } = check(cluster)
  if (warnings !== '') terminal.warn(warnings)
}

function named(kindName: string, names: readonly string[], flags: WriteFlags): Item[] {
  if (flags.filename !== undefined) throw new CliError('Usage', 'give a kind with names or -f, not both')
  if (names.length === 0) throw new CliError('Usage', `say which ${kindName} to delete by name`)
  const kind = requireKind(kindName)
  return names.map((name) => ({
    place: name,
    kind,
    object: {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name, ...(kind.resource.namespaced ? { namespace: namespaceOf(flags) } : {}) },
    },
  }))
}
