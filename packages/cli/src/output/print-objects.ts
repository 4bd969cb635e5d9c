import { type KubernetesObject, type ObjectMeta, printable } from '@manx/api'
import { CliError } from '../cli-error.ts'
import type { CliKind, CliObject, Column, TableContext } from '../kinds/cli-kind.ts'
import { namespaceColumn, valueAt } from '../kinds/columns.ts'
import { formatYaml } from './format-yaml.ts'
import { plainTable } from './tables.ts'

/** What was read of one kind. */
export interface Result {
  readonly kind: CliKind
  readonly objects: readonly CliObject[]
  /** The objects were asked for by name, one by one: they are not shown as a list. */
  readonly named: boolean
  /** They may be of several namespaces, which tables then show. */
  readonly namespaces: boolean
  readonly resourceVersion?: string
}

export interface PrintOptions {
  readonly format: string
  /** Leave out what only this cluster knows: uid, resourceVersion, owners, finalizers, times and status. */
  readonly exported: boolean
  readonly context: TableContext
}

export const formats = ['ps', 'wide', 'yaml', 'json', 'name', 'custom-columns=TITLE,…', 'custom-columns=TITLE:.path,…']

/** The results as text, in the format asked for. */
export function printObjects(results: readonly Result[], { format, exported, context }: PrintOptions): string {
  const shown = results.map((result) => ({ ...result, objects: result.objects.map((one) => clean(one, exported)) }))
  if (format === 'yaml') return formatYaml(documentOf(shown))
  if (format === 'json') return JSON.stringify(documentOf(shown), undefined, 2)
  if (format === 'name') {
    return shown
      .flatMap(({ kind, objects }) => objects.map((one) => printable(`${kind.kind}/${one.metadata.name}`)))
      .join('\n')
  }
  return shown
    .map(({ kind, objects, namespaces }) => {
      const own = columnsOf(kind, format)
      const columns = namespaces && !format.includes('=') ? [namespaceColumn, ...own] : own
      const rows = objects.map((object) => columns.map(({ value }) => value(object, context)))
      return plainTable(
        columns.map(({ title }) => title),
        rows,
      )
    })
    .join('\n\n')
}

function columnsOf(kind: CliKind, format: string): readonly Column[] {
  if (format === 'ps') return kind.columns
  if (format === 'wide') return kind.wideColumns
  const [name, list] = format.split('=', 2)
  if (name !== 'custom-columns' || list === undefined || list === '') {
    throw new CliError('Usage', `unknown output format "${format}"; there are: ${formats.join(', ')}`)
  }
  const known = [...kind.wideColumns, ...kind.columns, ...(kind.resource.namespaced ? [namespaceColumn] : [])]
  return list.split(',').map((item) => {
    const [title = '', path] = item.split(':', 2)
    if (path !== undefined) {
      return { title, value: (object) => textOf(valueAt(object, path.replace(/^\./, ''))) }
    }
    const column = known.find((one) => one.title === title.toUpperCase())
    if (column !== undefined) return column
    const titles = [...new Set(known.map((one) => one.title))].join(', ')
    throw new CliError('Usage', `${kind.kind} has no column "${title}"; there are: ${titles}`)
  })
}

function documentOf(results: readonly Result[]): unknown {
  const lists = results.map(({ kind, objects, named, resourceVersion }) =>
    named && objects.length === 1
      ? objects[0]
      : {
          apiVersion: kind.apiVersion,
          kind: `${kind.kind}List`,
          items: objects,
          metadata: resourceVersion === undefined ? {} : { resourceVersion },
        },
  )
  return lists.length === 1 ? lists[0] : lists
}

function clean(object: CliObject, exported: boolean): CliObject {
  const { managedFields: _, ...metadata }: ObjectMeta & { readonly deletionGracePeriodSeconds?: number } =
    object.metadata
  if (!exported) return { ...object, metadata }
  const { uid: _u, resourceVersion: _r, creationTimestamp: _c, generation: _g, ...own } = metadata
  // Elsewhere the garbage collector would delete what has an owner that is not there, and nobody may know the finalizers.
  const { ownerReferences: _o, finalizers: _f, deletionTimestamp: _d, deletionGracePeriodSeconds: _p, ...kept } = own
  const { status: _s, ...rest } = object
  const annotations = withoutKey(kept.annotations, 'kubectl.kubernetes.io/last-applied-configuration')
  const { annotations: _a, ...bare } = kept
  return { ...rest, metadata: annotations === undefined ? bare : { ...bare, annotations } } as CliObject
}

function withoutKey(
  record: KubernetesObject['metadata']['annotations'],
  key: string,
): Readonly<Record<string, string>> | undefined {
  if (record === undefined) return undefined
  const { [key]: _, ...rest } = record
  return Object.keys(rest).length === 0 ? undefined : rest
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '<none>'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
