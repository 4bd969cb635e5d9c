import { pods, serviceAccounts, services } from '../core/kinds.ts'
import type { KubernetesObject } from '../metadata.ts'
import { titleOf } from '../object-finding.ts'
import { isObject, withoutNulls } from '../schema/validate.ts'
import { byPlace, checkDocument } from './check-document.ts'
import type { Finding } from './finding.ts'
import type { Recognized } from './recognize-kind.ts'
import { checkNames } from './set/names.ts'
import { checkPeers } from './set/peers.ts'
import { checkPolicies } from './set/policies.ts'
import { checkPools } from './set/pools.ts'
import { checkSelectors } from './set/selectors.ts'
import { checkTiers } from './set/tiers.ts'
import { workloads } from './set/universe.ts'
import { type ClusterView, World, type WorldObject } from './set/world.ts'
import { readSource, type SourceDocument, type SourceText } from './yaml/read-source.ts'

export interface ValidateDocumentsOptions {
  /** What the documents will be among. */
  readonly cluster?: ClusterView
  /** Where objects go that do not say it; when absent, nothing is said about these that needs their namespace. */
  readonly namespace?: string
}

/** A document of which nothing that is needed to write it is wrong. */
export interface ValidatedDocument {
  readonly source: SourceDocument
  readonly recognized: Recognized
  /** It has an error. */
  readonly wrong: boolean
}

export interface ValidatedDocuments {
  /** In the order of the files, and in each from top to bottom. */
  readonly findings: readonly Finding[]
  readonly documents: readonly ValidatedDocument[]
}

/** Documents that were read and looked at one by one. */
export interface ReadDocuments {
  readonly files: readonly string[]
  readonly findings: readonly Finding[]
  readonly documents: readonly ValidatedDocument[]
}

/** Reads documents, for who wants to validate them more than once: this is what takes the time. */
export function readDocuments(input: string | SourceText | readonly SourceText[]): ReadDocuments {
  const texts = typeof input === 'string' ? [{ file: 'input', text: input }] : [input].flat()
  const findings: Finding[] = []
  const documents: ValidatedDocument[] = []
  for (const text of texts) {
    const read = readSource(text, (source) => {
      const { recognized, findings: own } = checkDocument(source)
      for (const finding of own) findings.push(finding)
      documents.push({ source, recognized, wrong: own.some(({ severity }) => severity === 'error') })
    })
    const owners = new Map(read.documents.map((source) => [source.document, source]))
    for (const finding of read.findings) findings.push({ ...finding, ...titleOf(owners.get(finding.document)?.value) })
  }
  return { files: texts.map(({ file }) => file), findings, documents }
}

/**
 * Everything that is wrong with a set of documents (YAML or JSON), all at once: each by itself, and all together. Never throws,
 * whatever the text is, and takes time in proportion to it.
 */
export function validateDocuments(
  input: string | SourceText | readonly SourceText[] | ReadDocuments,
  { cluster, namespace }: ValidateDocumentsOptions = {},
): ValidatedDocuments {
  const read = typeof input === 'object' && 'documents' in input ? input : readDocuments(input)
  const { documents } = read
  const objects = documents.flatMap(
    ({ source, recognized, wrong }) => worldObject(source, recognized, !wrong, namespace) ?? [],
  )
  const world = new World(objects, cluster)
  for (const check of [checkTiers, checkPools, checkPeers, checkPolicies, checkSelectors]) check(world)
  checkNames(world, objects)
  const order = new Map(read.files.map((file, index) => [file, index]))
  const fileOf = ({ file }: Finding) => order.get(file) ?? 0
  const findings = [...read.findings, ...world.findings].sort((a, b) => fileOf(a) - fileOf(b) || byPlace(a, b))
  return { findings, documents }
}

/** The object as the API server takes it: null is absent. */
function present(value: Record<string, unknown>, recognized: Recognized): Record<string, unknown> {
  if (recognized.type !== 'checked') return value
  return { ...value, spec: withoutNulls(recognized.kind.spec.node, value.spec ?? {}) }
}

/** The kinds of Kubernetes that are looked at, as `group/Kind`, and are in a namespace; of others nobody knows here. */
const namespacedKinds: ReadonlySet<string> = new Set([
  ...[pods, serviceAccounts, services].map(({ group, kind }) => `${group}/${kind}`),
  ...workloads.map(([group, kind]) => `${group}/${kind}`),
])

function worldObject(
  source: SourceDocument,
  recognized: Recognized,
  right: boolean,
  usual = '',
): WorldObject | undefined {
  if (recognized.type === 'wrong' || !isObject(source.value) || !isObject(source.value.metadata)) return undefined
  const { name, namespace } = source.value.metadata
  if (typeof name !== 'string' || name === '') return undefined
  const kind = recognized.type === 'checked' ? recognized.kind.kind : recognized.kind
  const group = recognized.type === 'checked' ? recognized.kind.group : recognized.group
  const namespaced =
    recognized.type === 'checked'
      ? recognized.kind.scope === 'Namespaced'
      : namespacedKinds.has(`${group}/${recognized.kind}`)
  return {
    group,
    kind,
    name,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : namespaced ? usual : '',
    object: present(source.value, recognized) as unknown as KubernetesObject,
    right,
    source,
  }
}
