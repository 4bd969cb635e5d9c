import { BGPConfiguration, type KubernetesClient, messageOf, printable, resourceOf, withDefaults } from '@manx/api'
import { type Command, Option } from 'commander'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { checkSources } from '../documents/check-sources.ts'
import { readInput } from '../documents/read-sources.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind, TableContext } from '../kinds/cli-kind.ts'
import { formats, printObjects, type Result } from '../output/print-objects.ts'
import type { Terminal } from '../terminal.ts'
import { type InputFlags, namespaceOf, withInput } from './input-flags.ts'
import { getObject, listObjects } from './read-objects.ts'

interface GetFlags extends InputFlags {
  readonly output: string
  readonly export?: boolean
  readonly allNamespaces?: boolean
  /** calicoctl's short form of it. */
  readonly a?: boolean
}

export function addGet(program: Command, terminal: Terminal): void {
  const command = program
    .command('get')
    .summary('show resources')
    .description('Shows resources of a kind, all or by name, or those that a file names.')
    .argument('[kind]', 'kind or one of its short names; several with commas')
    .argument('[names...]', 'names of resources')
    .option('-o, --output <format>', `one of ${formats.join(', ')}`, 'ps')
    .option('--export', 'leave out what only this cluster knows, to apply the result elsewhere')
    .option('-A, --all-namespaces', 'in all namespaces, for kinds that have them')
    .addOption(new Option('-a').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  manxctl get ippools -o wide\n  manxctl get bgppeer tor-1 -o yaml --export > tor-1.yaml',
    )
    .action(async (kind: string | undefined, names: string[], flags: GetFlags) => {
      const wanted = await whatIsWanted(kind, names, flags, terminal)
      await withClient(terminal, flags, (client) => get(client, wanted, flags, terminal))
    })
  withConnection(withInput(command))
}

const isEverywhere = ({ allNamespaces, a }: GetFlags) => allNamespaces === true || a === true

interface Wanted {
  readonly kind: CliKind
  /** Empty: all of the kind. */
  readonly names: readonly { readonly name: string; readonly namespace: string }[]
}

async function get(
  client: KubernetesClient,
  wanted: readonly Wanted[],
  flags: GetFlags,
  terminal: Terminal,
): Promise<void> {
  const results: Result[] = []
  const missing: string[] = []
  for (const { kind, names: some } of wanted) {
    const everywhere = isEverywhere(flags)
    const namespaces = kind.resource.namespaced && everywhere
    if (some.length === 0) {
      const { objects, ...version } = await listObjects(client, kind, everywhere ? undefined : namespaceOf(flags))
      results.push({ kind, objects, named: false, namespaces, ...version })
      continue
    }
    const found = await Promise.allSettled(some.map(({ name, namespace }) => getObject(client, kind, name, namespace)))
    const objects = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    for (const one of found) if (one.status === 'rejected') missing.push(printable(messageOf(one.reason)))
    if (objects.length > 0) results.push({ kind, objects, named: true, namespaces: false })
  }
  if (results.length > 0) {
    const context = await tableContext(client, wanted)
    terminal.print(printObjects(results, { format: flags.output, exported: flags.export === true, context }))
  }
  if (missing.length > 0) throw new CliError('Failed', missing.join('\n'))
}

async function whatIsWanted(
  kindName: string | undefined,
  names: readonly string[],
  flags: GetFlags,
  terminal: Terminal,
): Promise<Wanted[]> {
  if (flags.filename !== undefined) {
    if (kindName !== undefined) throw new CliError('Usage', 'give a kind or -f, not both')
    const input = await readInput(flags.filename, { recursive: flags.recursive === true }, terminal)
    const namespace = namespaceOf(flags)
    const { items } = checkSources(input, { namesOnly: true, namespace, skipEmpty: flags.skipEmpty === true })
    return items.map(({ kind, object: { metadata } }) => ({
      kind,
      names: [{ name: metadata.name, namespace: metadata.namespace ?? namespace }],
    }))
  }
  if (kindName === undefined) throw new CliError('Usage', 'say which kind to get, or -f FILE')
  const kinds = kindName.split(',').map(requireKind)
  if (kinds.length > 1 && names.length > 0) throw new CliError('Usage', 'names need exactly one kind')
  if (names.length > 0 && isEverywhere(flags) && kinds.some(({ resource }) => resource.namespaced)) {
    throw new CliError('Usage', 'a resource cannot be retrieved by name across all namespaces: -n NAMESPACE')
  }
  const namespace = namespaceOf(flags)
  return kinds.map((kind) => ({ kind, names: names.map((name) => ({ name, namespace })) }))
}

/** Nodes show the AS number that they inherit. */
async function tableContext(client: KubernetesClient, wanted: readonly Wanted[]): Promise<TableContext> {
  const fallback = { asNumber: 64512 }
  if (!wanted.some(({ kind }) => kind.kind === 'Node')) return fallback
  try {
    const { spec } = withDefaults(BGPConfiguration, await client.get(resourceOf(BGPConfiguration), 'default'))
    return { asNumber: Number(spec.asNumber ?? fallback.asNumber) }
  } catch {
    return fallback
  }
}
