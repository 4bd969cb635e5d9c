import { describeIssues, type KubernetesClient, validate } from '@manx/api'
import { type Command, Option } from 'commander'
import { parse } from 'yaml'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind } from '../kinds/cli-kind.ts'
import type { Terminal } from '../terminal.ts'
import { namespaceOf, type ObjectFlags, withNamespace } from './input-flags.ts'
import { refOf } from './read-objects.ts'

interface PatchFlags extends ObjectFlags {
  readonly patch: string
  readonly type: 'merge' | 'json' | 'strategic'
}

export function addPatch(program: Command, terminal: Terminal): void {
  const command = program
    .command('patch')
    .summary('change some fields of a resource')
    .description('Changes the fields that a patch names, and leaves the others.')
    .argument('<kind>', 'kind or one of its short names')
    .argument('<name>', 'name of the resource')
    .requiredOption('-p, --patch <patch>', 'the patch, JSON or YAML')
    .addOption(
      // Lists of Calico's kinds are taken as a whole, so that a strategic patch and a merge are the same.
      new Option('-t, --type <type>', 'form of the patch').choices(['merge', 'json', 'strategic']).default('merge'),
    )
    .addHelpText('after', `\nExample:\n  manxctl patch ippool main -p '{"spec": {"disabled": true}}'`)
    .action(async (kindName: string, name: string, flags: PatchFlags) => {
      const kind = requireKind(kindName)
      if (kind.definition === undefined) throw new CliError('Usage', `${kind.kind} ${kind.readOnly}`)
      const change = readPatch(flags.patch, flags.type)
      await withClient(terminal, flags, (client) => patch(client, kind, name, change, flags))
      terminal.print(`Successfully patched 1 '${kind.kind}' resource`)
    })
  withConnection(withNamespace(command))
}

async function patch(client: KubernetesClient, kind: CliKind, name: string, change: unknown, flags: PatchFlags) {
  const ref = refOf(kind, name, namespaceOf(flags))
  const options = {
    type: flags.type === 'json' ? 'json' : 'merge',
    fieldManager: 'manxctl',
    fieldValidation: 'Strict',
  } as const
  // What the API server would store is looked at before it does: it does not know all rules.
  const result = await client.patch(kind.resource, ref, change, { ...options, dryRun: true })
  const issues = kind.definition === undefined ? [] : validate(kind.definition, result, { unknownFields: 'ignore' })
  const problems = [
    ...(issues.length === 0 ? [] : [describeIssues(kind, name, issues)]),
    ...((await kind.checkAgainst?.(client, result)) ?? []),
  ]
  if (problems.length > 0) throw new CliError('Invalid', problems.join('\n'))
  await client.patch(kind.resource, ref, change, options)
}

function readPatch(text: string, type: PatchFlags['type']): unknown {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new CliError(
      'Input',
      `the patch is not JSON or YAML: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const right =
    type === 'json' ? Array.isArray(value) : typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!right) throw new CliError('Input', `the patch must be ${type === 'json' ? 'a list of operations' : 'an object'}`)
  return value
}
