import { isApiError, type KubernetesClient, messageOf, printable } from '@manx/api'
import { CliError } from '../cli-error.ts'
import { refOf } from '../commands/read-objects.ts'
import { type CliObject, versionOf } from '../kinds/cli-kind.ts'
import { retryRaces } from '../retry-races.ts'
import type { Terminal } from '../terminal.ts'
import type { Item } from './check-sources.ts'

export type Verb = 'create' | 'apply' | 'replace' | 'delete'

export interface WriteItemsOptions {
  readonly verb: Verb
  /** create: what exists already is no error. */
  readonly skipExists?: boolean
  /** delete: what does not exist is no error. */
  readonly skipMissing?: boolean
}

const past: Readonly<Record<Verb, string>> = {
  create: 'created',
  apply: 'applied',
  replace: 'replaced',
  delete: 'deleted',
}

/** Writes the items one after the other; one that fails does not stop the others. Reports as calicoctl does. */
export async function writeItems(
  client: KubernetesClient,
  items: readonly Item[],
  options: WriteItemsOptions,
  terminal: Terminal,
): Promise<void> {
  const { verb } = options
  const failures: string[] = []
  const skipped: string[] = []
  for (const item of items) {
    const name = printable(`${item.kind.kind} ${nameOf(item)}`)
    try {
      await writeOne(client, item, verb, terminal)
    } catch (error) {
      const skips =
        (verb === 'create' && options.skipExists === true && isApiError(error, 'AlreadyExists')) ||
        (verb === 'delete' && options.skipMissing === true && isApiError(error, 'NotFound'))
      if (skips) skipped.push(name)
      else failures.push(`${printable(item.place)}: failed to ${verb} ${name}: ${printable(messageOf(error))}`)
    }
  }
  const done = items.length - failures.length - skipped.length
  if (skipped.length > 0) {
    terminal.warn(`Skipped ${skipped.join(', ')}: ${verb === 'create' ? 'exists already' : 'does not exist'}`)
  }
  if (failures.length === 0) {
    if (done > 0) terminal.print(`Successfully ${past[verb]} ${done} ${kindsOf(items)}resource(s)`)
    return
  }
  const summary =
    done === 0
      ? `Failed to ${verb} any ${kindsOf(items)}resource`
      : `Partial success: ${past[verb]} ${done} out of ${items.length} ${kindsOf(items)}resources`
  throw new CliError('Failed', [summary, ...failures].join('\n'))
}

async function writeOne(client: KubernetesClient, item: Item, verb: Verb, terminal: Terminal): Promise<void> {
  const { kind, object } = item
  const { resource } = kind
  const { name, namespace = '' } = object.metadata
  const ref = refOf(kind, name, namespace)
  const refusal = kind.readOnly ?? kind.explainName?.(object.metadata)
  if (refusal !== undefined) throw new CliError('Usage', refusal)
  const warn = (text: string) => terminal.warn(text)
  if (verb === 'delete') {
    await client.delete(resource, ref, (await kind.beforeDelete?.(client, object, warn)) ?? versionOf(object))
    return
  }
  if (verb === 'create') {
    await create(client, item, warn)
    return
  }
  await retryRaces(
    () => replace(client, item, verb, warn),
    (error) => {
      const raced =
        isApiError(error, 'Conflict', 'AlreadyExists') || (verb === 'apply' && isApiError(error, 'NotFound'))
      // With a version the user asks for that one.
      return raced && object.metadata.resourceVersion === undefined
    },
  )
}

async function create(client: KubernetesClient, { kind, object }: Item, warn: (text: string) => void): Promise<void> {
  const problems = (await kind.checkNew?.(client, object, warn)) ?? []
  if (problems.length > 0) throw new CliError('Invalid', problems.join('; '))
  await client.create(kind.resource, creatable(object), { fieldManager: 'manxctl' })
}

async function replace(
  client: KubernetesClient,
  item: Item,
  verb: 'apply' | 'replace',
  warn: (text: string) => void,
): Promise<void> {
  const { kind, object } = item
  const { resource } = kind
  let current: CliObject
  try {
    current = await client.get(resource, refOf(kind, object.metadata.name, object.metadata.namespace ?? ''))
  } catch (error) {
    if (verb === 'replace' || !isApiError(error, 'NotFound')) throw error
    await create(client, item, warn)
    return
  }
  const { labels, annotations, resourceVersion } = object.metadata
  const metadata = {
    ...current.metadata,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
  await client.update(resource, { ...current, metadata, spec: object.spec }, { fieldManager: 'manxctl' })
}

function creatable({ metadata, spec }: CliObject) {
  const { name, namespace, labels, annotations } = metadata
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  }
}

/** As people name it; of several namespaces, with the namespace. */
function nameOf({ kind, object: { metadata } }: Item): string {
  return kind.resource.namespaced ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** `'IPPool' ` when all are of one kind. */
function kindsOf(items: readonly Item[]): string {
  const kinds = new Set(items.map(({ kind }) => kind.kind))
  const [only] = kinds
  return kinds.size === 1 && only !== undefined ? `'${only}' ` : ''
}
