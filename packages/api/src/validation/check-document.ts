import { compareText } from '../compare-text.ts'
import type { AnyKind, Issue } from '../kind.ts'
import { idleKindEffect, idleUses } from '../kinds/idle.ts'
import { titleOf } from '../object-finding.ts'
import { isObject, unknownField } from '../schema/validate.ts'
import { validate } from '../validate.ts'
import { checkMetadata } from './check-metadata.ts'
import type { Finding, FindingCode } from './finding.ts'
import { lookBehind } from './look-behind.ts'
import { type Recognized, recognizeKind } from './recognize-kind.ts'
import { withhold } from './withhold.ts'
import type { SourceDocument } from './yaml/read-source.ts'

export interface CheckedDocument {
  readonly recognized: Recognized
  readonly findings: readonly Finding[]
}

const objectFields = ['apiVersion', 'kind', 'metadata', 'spec', 'status']

/** All that is wrong with a document by itself. */
export function checkDocument(source: SourceDocument): CheckedDocument {
  const recognized = recognizeKind(source.value)
  if (recognized.type === 'wrong') {
    const { type: _, ...wrong } = recognized
    const { path, value, message, code } = wrong
    const fault = code === 'UnknownField' || code === 'MissingField' ? code : undefined
    const issue = { path, value, message, ...(fault === undefined ? {} : { fault }) }
    const finding = findingOf(source, {
      ...issue,
      ...(wrong.suggestion === undefined ? {} : { suggestion: wrong.suggestion }),
    })
    return { recognized, findings: [{ ...finding, code, severity: wrong.severity }] }
  }
  if (recognized.type === 'context') {
    const metadata = isObject(source.value) ? checkMetadata(source.value.metadata) : []
    return { recognized, findings: metadata.map((issue) => findingOf(source, issue)) }
  }
  const { kind } = recognized
  const object = isObject(source.value) ? source.value : {}
  const whole = validate(kind, withSpec(kind, object))
  const issues: Issue[] = [...checkMetadata(object.metadata), ...whole, ...lookBehind(kind, object, whole)]
  for (const [name, value] of Object.entries(object)) {
    if (!objectFields.includes(name)) issues.push(unknownField(name, name, value, objectFields))
  }
  // What is written in another spelling is not missing.
  const misspelt = new Set(
    issues.map(({ path, suggestion }) => `${path.slice(0, path.lastIndexOf('.') + 1)}${suggestion}`),
  )
  const seen = new Set<string>()
  const findings = issues
    .filter(({ path, value }) => value !== undefined || !misspelt.has(path))
    .filter(({ path, message }) => !seen.has(`${path} ${message}`) && seen.add(`${path} ${message}`))
    .map((issue) => findingOf(source, issue))
  return { recognized, findings: [...findings, ...idleFindings(source, kind)].toSorted(byPlace) }
}

/** What is right, and nothing acts by it yet. */
function idleFindings(source: SourceDocument, kind: AnyKind): Finding[] {
  const { metadata, spec } = isObject(source.value) ? source.value : {}
  const { name } = isObject(metadata) ? metadata : {}
  const effect = idleKindEffect(kind, typeof name === 'string' ? name : undefined)
  const issues: Issue[] =
    effect === undefined
      ? idleUses(kind, spec).map(({ path, value, effect }) => ({ path, value, message: notYet(effect) }))
      : [{ path: 'kind', value: kind.kind, message: `${kind.kind} ${notYet(effect)}` }]
  return issues.map((issue) => ({ ...findingOf(source, issue, 'NoEffect'), severity: 'warning' }))
}

const notYet = (effect: string): string => `is not in force yet: ${effect}`

/** Kubernetes takes its own policies without a spec; ours must have one. */
function withSpec(kind: AnyKind, object: Readonly<Record<string, unknown>>): unknown {
  return kind.group === 'networking.k8s.io' && object.spec === undefined ? { ...object, spec: {} } : object
}

/** A finding about a field of a document; an error unless it is made a warning. */
export function findingOf(source: SourceDocument, issue: Issue, code?: FindingCode): Finding {
  const { path, value, message, fault, suggestion } = issue
  const finding: Finding = {
    ...source.placeOf(path, fault === 'UnknownField' ? 'key' : 'value'),
    severity: 'error',
    code: code ?? fault ?? 'InvalidValue',
    document: source.document,
    ...(source.item === undefined ? {} : { item: source.item }),
    ...titleOf(source.value),
    path,
    ...(value === undefined ? {} : { value }),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
  return source.secret ? withhold(finding) : finding
}

/** In the order in which a person reads the files. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.path, b.path) ||
    compareText(a.message, b.message)
  )
}
