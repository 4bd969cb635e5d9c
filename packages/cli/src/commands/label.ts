import { checkLabel, type KubernetesClient } from '@manx/api'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind } from '../kinds/cli-kind.ts'
import { retryRaces } from '../retry-races.ts'
import type { Terminal } from '../terminal.ts'
import { namespaceOf, type ObjectFlags, withNamespace } from './input-flags.ts'
import { refOf } from './read-objects.ts'

interface LabelFlags extends ObjectFlags {
  readonly overwrite?: boolean
  readonly remove?: boolean
}

export function addLabel(program: Command, terminal: Terminal): void {
  const command = program
    .command('label')
    .summary('set or remove a label of a resource')
    .description('Sets labels of a resource, or removes them.')
    .argument('<kind>', 'kind or one of its short names')
    .argument('<name>', 'name of the resource')
    .argument('<labels...>', 'KEY=VALUE to set; KEY with --remove')
    .option('--overwrite', 'change a label that has another value')
    .option('--remove', 'remove the labels')
    .addHelpText('after', '\nExamples:\n  manxctl label node n1 rack=r1\n  manxctl label gns office zone --remove')
    .action(async (kindName: string, name: string, labels: string[], flags: LabelFlags) => {
      const kind = requireKind(kindName)
      if (kind.readAll !== undefined) throw new CliError('Usage', `${kind.kind} ${kind.readOnly}`)
      const changes = changesOf(labels, flags.remove === true)
      const work = (client: KubernetesClient) => retryRaces(() => label(client, kind, name, changes, flags))
      const done = await withClient(terminal, flags, work)
      const keys = Object.keys(changes).join(', ')
      terminal.print(`Successfully ${done} label ${keys} ${flags.remove === true ? 'from' : 'on'} ${kind.kind} ${name}`)
    })
  withConnection(withNamespace(command))
}

/** null for a label that is removed. */
type Changes = Readonly<Record<string, string | null>>

function changesOf(labels: readonly string[], remove: boolean): Changes {
  return Object.fromEntries(
    labels.map((text) => {
      const equals = text.indexOf('=')
      const key = equals < 0 ? text : text.slice(0, equals)
      if (remove && equals < 0) return [key, null]
      if (!remove && equals >= 0 && key !== '') return [key, checkedValue(key, text.slice(equals + 1))]
      throw new CliError('Usage', `"${text}" must be ${remove ? 'the key of a label, without a value' : 'KEY=VALUE'}`)
    }),
  )
}

function checkedValue(key: string, value: string): string {
  const wrong = checkLabel(value)
  if (wrong !== undefined) throw new CliError('Usage', `the value of ${key}: "${value}" ${wrong}`)
  return value
}

async function label(client: KubernetesClient, kind: CliKind, name: string, changes: Changes, flags: LabelFlags) {
  const ref = refOf(kind, name, namespaceOf(flags))
  const { metadata } = await client.get(kind.resource, ref)
  const present = metadata.labels ?? {}
  for (const [key, value] of Object.entries(changes)) {
    const now = Object.hasOwn(present, key) ? present[key] : undefined
    if (value === null && now === undefined) throw new CliError('Failed', `${kind.kind} ${name} has no label ${key}`)
    if (value === null || now === undefined || now === value || flags.overwrite === true) continue
    throw new CliError('Failed', `${kind.kind} ${name} has the label ${key}=${now}: --overwrite changes it`)
  }
  // Between reading and writing somebody may have set it: then it is looked at once more.
  const { resourceVersion } = metadata
  await client.patch(
    kind.resource,
    ref,
    { metadata: { labels: changes, resourceVersion } },
    { fieldManager: 'manxctl' },
  )
  return flags.remove === true ? 'removed' : 'set'
}
