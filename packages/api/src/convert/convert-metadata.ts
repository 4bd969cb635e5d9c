import type { ObjectMeta } from '../metadata.ts'
import { isObject } from '../schema/validate.ts'
import type { Report } from './finding.ts'

/** What users wrote, in objects that Calico stores in its older form. */
const metadataAnnotation = 'projectcalico.org/metadata'

/** kubectl's copy of what was applied, in a form that no longer counts. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What only the API server says, about the object that it has. */
const serverFields = ['resourceVersion', 'generation', 'selfLink', 'managedFields', 'clusterName'] as const
/** What tells the object from others of the same name. */
const identityFields = ['uid', 'creationTimestamp'] as const
const foreignFields = {
  ownerReferences: 'is left out: owners are known by their UID, and without that owner the object would be deleted',
  finalizers: 'is left out: what it waits for may not be there; controllers set their own',
  deletionGracePeriodSeconds: 'is left out: it says how the object is deleted',
  deletionTimestamp: 'is left out: the object was about to be deleted',
} as const
const userFields = ['name', 'namespace', 'labels', 'annotations', 'generateName'] as const

export interface ConvertedMetadata {
  readonly metadata: ObjectMeta
  /** The name that the annotation has, of kinds that keep it there. */
  readonly annotatedName?: string
}

export interface MetadataOptions {
  /** Keep uid and creationTimestamp. */
  readonly identity: boolean
}

/** The metadata as users see it: with what the annotation keeps of theirs, and without what only another cluster knows. */
export function convertMetadata(
  stored: Readonly<Record<string, unknown>>,
  report: Report,
  { identity }: MetadataOptions,
): ConvertedMetadata {
  const { labels: storedLabels, annotations: storedAnnotations } = stored
  const annotations = recordOf(storedAnnotations, 'metadata.annotations', report)
  const kept = readAnnotation(annotations[metadataAnnotation], report)
  const { [metadataAnnotation]: _m, [lastApplied]: _l, ...otherAnnotations } = annotations
  const keptLabels = recordOf(kept.labels, `${metadataAnnotation}: labels`, report)
  const keptAnnotations = recordOf(kept.annotations, `${metadataAnnotation}: annotations`, report)
  const { [lastApplied]: _k, ...ownAnnotations } = keptAnnotations
  const labels = { ...recordOf(storedLabels, 'metadata.labels', report), ...keptLabels }
  const allAnnotations = { ...otherAnnotations, ...ownAnnotations }
  checkFields(stored, 'metadata', report)
  checkFields(kept, `metadata.annotations[${metadataAnnotation}]`, report)
  const identities = identity
    ? identityFields.flatMap((field) => {
        const value = kept[field] ?? stored[field]
        return typeof value === 'string' ? [[field, value]] : []
      })
    : []
  const { name, namespace } = stored
  const metadata = {
    // Text or not, it is checked with the rest of the object.
    ...(name === undefined ? {} : { name: name as string }),
    ...(namespace === undefined || namespace === '' ? {} : { namespace: namespace as string }),
    ...Object.fromEntries(identities),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
  } as ObjectMeta
  return typeof kept.name === 'string' && kept.name !== '' ? { metadata, annotatedName: kept.name } : { metadata }
}

function readAnnotation(text: string | undefined, report: Report): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Reported below, with what is no object.
  }
  const path = `metadata.annotations[${metadataAnnotation}]`
  report('lost', 'NotReadable', path, text, 'must be an object in JSON: labels and annotations in it are lost')
  return {}
}

function checkFields(metadata: Readonly<Record<string, unknown>>, path: string, report: Report): void {
  const silent: readonly string[] = [...serverFields, ...identityFields, ...userFields]
  for (const [field, value] of Object.entries(metadata)) {
    if (silent.includes(field) || value === null || value === undefined) continue
    if (Array.isArray(value) && value.length === 0) continue
    const reason = Object.hasOwn(foreignFields, field) ? foreignFields[field as keyof typeof foreignFields] : undefined
    if (reason !== undefined) report('changed', 'LeftOut', `${path}.${field}`, undefined, reason)
    else report('lost', 'UnknownField', `${path}.${field}`, value, 'is no field of metadata, and left out')
  }
}

/** The texts of a map; others are reported. */
function recordOf(value: unknown, path: string, report: Report): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) {
    report('lost', 'NotReadable', path, value, 'must be a map of texts, and is left out')
    return {}
  }
  const texts: [string, string][] = []
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string') texts.push([key, one])
    else report('lost', 'NotReadable', `${path}[${key}]`, one, 'must be text, and is left out')
  }
  return Object.fromEntries(texts)
}
