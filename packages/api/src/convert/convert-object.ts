import { type AnyKind, apiVersionOf } from '../kind.ts'
import { allKinds } from '../kinds/all-kinds.ts'
import { idleKindEffect, idleUses } from '../kinds/idle.ts'
import type { KubernetesObject } from '../metadata.ts'
import { titleOf } from '../object-finding.ts'
import { isObject } from '../schema/validate.ts'
import { validate } from '../validate.ts'
import { convertMetadata } from './convert-metadata.ts'
import { withNumbers } from './exact-numbers.ts'
import type { ConversionFinding, Report } from './finding.ts'
import { fitToSchema } from './fit-to-schema.ts'
import { type NodeNames, renameConfiguration, renameNodes } from './node-names.ts'
import { reportCopy, reportNotStored } from './not-stored.ts'
import type { ConversionInput } from './read-input.ts'
import { removeEncapsulation } from './remove-encapsulation.ts'
import { ipamMetadata, policyName } from './storage/stored-name.ts'
import { rewriteStoredSpec } from './storage/stored-spec.ts'

/** An object of `projectcalico.org/v3`. Whole numbers beyond 2^53 in its spec are bigint. */
export interface ConvertedObject extends KubernetesObject {
  readonly spec: unknown
}

export interface ConvertOptions {
  /** Keep uid and creationTimestamp, for readers of a store in place; by default they are left out, as for applying. */
  readonly identity?: boolean
  /** The namespace of objects that have to have one and do not say which; without it they are refused. */
  readonly namespace?: string
  /** Names of nodes that are others in Kubernetes. */
  readonly nodeNames?: NodeNames
}

export interface Converted {
  /** Undefined when there is none that would be accepted; the findings say why. */
  readonly object: ConvertedObject | undefined
  readonly findings: readonly ConversionFinding[]
}

const storedGroup = 'crd.projectcalico.org/v1'
const currentGroup = 'projectcalico.org/v3'

/** What older versions call differently. */
const olderNames: Readonly<Record<string, string>> = { IPAMConfig: 'IPAMConfiguration' }

/**
 * Turns one object of Calico, as stored in `crd.projectcalico.org/v1` or written in `projectcalico.org/v3`, into one that Manx
 * accepts. Takes anything and never throws; whatever is not there as it was is in the findings.
 */
export function convertObject({ place, value }: ConversionInput, options: ConvertOptions = {}): Converted {
  const findings: ConversionFinding[] = []
  const title = titleOf(value)
  const report: Report = (effect, code, path, found, message) => {
    const seen = found === undefined ? {} : { value: found }
    findings.push({ effect, code, place, ...title, path, ...seen, message })
  }
  const object = convert(value, report, options)
  return { object, findings }
}

function convert(value: unknown, report: Report, options: ConvertOptions): ConvertedObject | undefined {
  const { identity = false, nodeNames = new Map(), namespace } = options
  if (!isObject(value)) {
    report('lost', 'NotReadable', '', value, 'must be an object with apiVersion, kind, metadata and spec')
    return undefined
  }
  const kind = kindOf(value, report)
  if (kind === undefined) return undefined
  const { metadata, annotatedName } = convertMetadata(isObject(value.metadata) ? value.metadata : {}, report, {
    identity,
  })
  const older = value.apiVersion === storedGroup
  if (typeof metadata.name === 'string' && reportCopy(kind.kind, annotatedName ?? metadata.name, report))
    return undefined
  checkFields(value, report)
  let spec = rewriteStoredSpec(kind.kind, value.spec, report)
  spec = renameNodes(kind.kind, spec, nodeNames, report)
  spec = fitToSchema(kind.spec.node, spec, 'spec', report)
  spec = removeEncapsulation(kind, spec, report)
  const isHomeless = kind.scope === 'Namespaced' && metadata.namespace === undefined && namespace !== undefined
  let named = isHomeless ? { ...metadata, namespace } : metadata
  if (typeof metadata.name === 'string') {
    const name = older ? policyName(kind.kind, metadata.name, annotatedName) : metadata.name
    named = { ...named, name: renameConfiguration(kind.kind, name, nodeNames, report) }
    named = ipamMetadata(kind.kind, named, spec, report)
  }
  const object: ConvertedObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: named, spec }
  if (!isRight(kind, object, report)) return undefined
  reportIdle(kind, object, report)
  return object
}

/** What held in Calico and would not hold here, though nothing of it is missing. */
function reportIdle(kind: AnyKind, { metadata, spec }: ConvertedObject, report: Report): void {
  const effect = idleKindEffect(kind, metadata.name)
  if (effect !== undefined) report('lost', 'NoEffect', '', undefined, `is turned over, but not in force yet: ${effect}`)
  else
    for (const use of idleUses(kind, spec))
      report('lost', 'NoEffect', use.path, undefined, `is kept, but not in force yet: ${use.effect}`)
}

/** The kind; undefined when it is none of those that can be written, which is reported. */
function kindOf(value: Readonly<Record<string, unknown>>, report: Report): AnyKind | undefined {
  const { apiVersion, kind: name } = value
  if (typeof apiVersion !== 'string' || typeof name !== 'string') {
    report('lost', 'NotReadable', '', undefined, 'must have apiVersion and kind')
    return undefined
  }
  if (apiVersion !== storedGroup && apiVersion !== currentGroup) {
    if (apiVersion === 'v1' && /^[a-z]/.test(name)) {
      const message = 'is of a version of Calico before 3.0: convert it with calicoctl 3 first'
      report('lost', 'UnknownKind', 'apiVersion', apiVersion, message)
    } else {
      const message = `is left out: only objects of ${storedGroup} and ${currentGroup} are turned over; apply it as it is`
      report('changed', 'NotStored', '', undefined, message)
    }
    return undefined
  }
  if (reportNotStored(name, value, report)) return undefined
  const current = (Object.hasOwn(olderNames, name) ? olderNames[name] : undefined) ?? name
  const kind = allKinds.find((one) => one.kind === current)
  if (kind === undefined) report('lost', 'UnknownKind', 'kind', name, 'is no kind that Manx has')
  return kind
}

function checkFields(value: Readonly<Record<string, unknown>>, report: Report): void {
  for (const [field, part] of Object.entries(value)) {
    if (['apiVersion', 'kind', 'metadata', 'spec'].includes(field) || part === null) continue
    if (field !== 'status') report('lost', 'UnknownField', field, part, 'is not known here, and left out')
    else if (isObject(part) && Object.keys(part).length > 0) {
      report('changed', 'LeftOut', 'status', undefined, 'is left out: Manx finds it out anew')
    }
  }
}

function isRight(kind: AnyKind, object: ConvertedObject, report: Report): boolean {
  const issues = validate(kind, withNumbers(object))
  for (const { path, value, message } of issues) {
    report('lost', 'Invalid', path, value, `${message}; the object is left out`)
  }
  if (kind.scope === 'Namespaced' && object.metadata.namespace === undefined) {
    report('lost', 'Invalid', 'metadata.namespace', undefined, 'is required; the object is left out')
    return false
  }
  return issues.length === 0
}
