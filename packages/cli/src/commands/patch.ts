import { describeIssues, isApiError, isObject, type KubernetesClient, messageOf, validate } from '@manx/api'
import { type Command, Option } from 'commander'
import { parse } from 'yaml'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { requireKind } from '../kinds/all-cli-kinds.ts'
import type { CliKind } from '../kinds/cli-kind.ts'
import { retryRaces } from '../retry-races.ts'
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
      const ref = refOf(kind, name, namespaceOf(flags))
      const refusal = kind.explainName?.(ref)
      if (refusal !== undefined) throw new CliError('Usage', `${kind.kind} ${name}: ${refusal}`)
      await withClient(terminal, flags, (client) => patchObject(client, kind, ref, change))
      terminal.print(`Successfully patched 1 '${kind.kind}' resource`)
    })
  withConnection(withNamespace(command))
}

/** An object for a merge, a list of operations for a JSON patch. */
type Change = Readonly<Record<string, unknown>> | readonly unknown[]

/** Patches what was looked at, and nothing newer: what somebody else wrote meanwhile is looked at once more. */
export async function patchObject(
  client: KubernetesClient,
  kind: CliKind,
  ref: ReturnType<typeof refOf>,
  change: Change,
): Promise<void> {
  const type = Array.isArray(change) ? 'json' : 'merge'
  const options = { type, fieldManager: 'manxctl', fieldValidation: 'Strict' } as const
  const own = namesVersion(change)
  const work = async () => {
    // What the API server would store is looked at before it does: it does not know all rules.
    const result = await client.patch(kind.resource, ref, change, { ...options, dryRun: true })
    const issues = kind.definition === undefined ? [] : validate(kind.definition, result, { unknownFields: 'ignore' })
    if (issues.length > 0) throw new CliError('Invalid', describeIssues(kind, ref.name, issues))
    const { resourceVersion } = result.metadata
    await client.patch(kind.resource, ref, own ? change : withVersion(change, resourceVersion), options)
  }
  // Who says which version it is for wants no other.
  await retryRaces(work, (error) => !own && isApiError(error, 'Conflict'))
}

const versionPath = '/metadata/resourceVersion'

function namesVersion(change: Change): boolean {
  if (Array.isArray(change)) return change.some((operation) => isObject(operation) && operation.path === versionPath)
  const { metadata } = change as { readonly metadata?: unknown }
  return isObject(metadata) && metadata.resourceVersion !== undefined
}

function withVersion(change: Change, resourceVersion: string | undefined): Change {
  // At the end, as an operation before it may put other metadata in place. A test would fail as Invalid, not as a Conflict.
  if (Array.isArray(change)) return [...change, { op: 'add', path: versionPath, value: resourceVersion }]
  const { metadata, ...rest } = change as { readonly metadata?: object }
  return { ...rest, metadata: { ...metadata, resourceVersion } }
}

/** Refuses whole numbers that would be written with other digits, as those of IPAM's sequence numbers. */
function exactNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (JSON.stringify(number) === String(value)) return number
    throw new CliError(
      'Input',
      `${value} would be written as ${JSON.stringify(number)} by manxctl: patch it with kubectl`,
    )
  }
  if (Array.isArray(value)) return value.map(exactNumbers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactNumbers(item)]))
}

function readPatch(text: string, type: PatchFlags['type']): Change {
  let value: unknown
  try {
    value = exactNumbers(parse(text, { intAsBigInt: true }))
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError('Input', `the patch is not JSON or YAML: ${messageOf(error)}`)
  }
  if (type === 'json' && Array.isArray(value)) return value
  if (type !== 'json' && isObject(value)) return value
  throw new CliError('Input', `the patch must be ${type === 'json' ? 'a list of operations' : 'an object'}`)
}
