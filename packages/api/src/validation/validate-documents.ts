import type { KubernetesObject } from '../metadata.ts'
import { isObject } from '../schema/validate.ts'
import { byPlace, checkDocument } from './check-document.ts'
import type { Finding } from './finding.ts'
import type { Recognized } from './recognize-kind.ts'
import { checkNames } from './set/names.ts'
import { checkPeers } from './set/peers.ts'
import { checkPolicies } from './set/policies.ts'
import { checkPools } from './set/pools.ts'
import { checkSelectors } from './set/selectors.ts'
import { checkTiers } from './set/tiers.ts'
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

/**
 * Everything that is wrong with a set of documents (YAML or JSON), all at once: each by itself, and all together. Never throws,
 * whatever the text is, and takes time in proportion to it.
 */
export function validateDocuments(
  input: string | SourceText | readonly SourceText[],
  { cluster, namespace }: ValidateDocumentsOptions = {},
): ValidatedDocuments {
  const texts = typeof input === 'string' ? [{ file: 'input', text: input }] : [input].flat()
  const findings: Finding[] = []
  const documents: ValidatedDocument[] = []
  const objects: WorldObject[] = []
  for (const text of texts) {
    const read = readSource(text)
    findings.push(...read.findings)
    for (const source of read.documents) {
      const { recognized, findings: own } = checkDocument(source)
      for (const finding of own) findings.push(finding)
      const wrong = own.some(({ severity }) => severity === 'error')
      documents.push({ source, recognized, wrong })
      const object = worldObject(source, recognized, !wrong, namespace)
      if (object !== undefined) objects.push(object)
    }
  }
  const world = new World(objects, cluster)
  for (const check of [checkTiers, checkPools, checkPeers, checkPolicies, checkSelectors]) check(world)
  checkNames(world, objects)
  for (const finding of world.findings) findings.push(finding)
  const order = new Map(texts.map(({ file }, index) => [file, index]))
  const fileOf = ({ file }: Finding) => order.get(file) ?? 0
  return { findings: findings.toSorted((a, b) => fileOf(a) - fileOf(b) || byPlace(a, b)), documents }
}

/** Of the kinds of Kubernetes that say something here. */
const clusterKinds: ReadonlySet<string> = new Set(['Namespace', 'Node'])

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
  const namespaced =
    recognized.type === 'checked' ? recognized.kind.scope === 'Namespaced' : !clusterKinds.has(recognized.kind)
  const group = recognized.type === 'checked' ? recognized.kind.group : recognized.group
  return {
    group,
    kind,
    name,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : namespaced ? usual : '',
    object: source.value as unknown as KubernetesObject,
    right,
    source,
  }
}
