import { type AnyKind, apiVersionOf, type CompleteObjectOf, type Issue, type ObjectOf } from './kind.ts'
import { fillDefaults } from './schema/defaults.ts'
import { checkRules, checkShape, isObject, withoutNulls } from './schema/validate.ts'

export interface ValidateOptions {
  /**
   * `refuse` (default) for what a user writes: a typing error must not be lost. `ignore` for what is read back, which
   * a newer version may have written.
   */
  readonly unknownFields?: 'refuse' | 'ignore'
}

/** All that is wrong with an object of the kind; empty means that it is right. Never throws, whatever the object is. */
export function validate(kind: AnyKind, object: unknown, options: ValidateOptions = {}): Issue[] {
  if (!isObject(object)) return [{ path: '', value: object, message: `must be an object of kind ${kind.kind}` }]
  const issues: Issue[] = []
  const expect = (path: string, value: unknown, wanted: string) => {
    if (value !== undefined && value !== wanted) issues.push({ path, value, message: `must be ${wanted}` })
  }
  expect('apiVersion', object.apiVersion, apiVersionOf(kind))
  expect('kind', object.kind, kind.kind)
  checkMetadata(kind, object.metadata, issues)
  const shape = { unknownFields: options.unknownFields ?? 'refuse' } as const
  const spec = withoutNulls(kind.spec.node, object.spec)
  if (spec === undefined) {
    issues.push({ path: 'spec', value: undefined, message: 'is required', fault: 'MissingField' })
  } else checkShape(kind.spec.node, spec, 'spec', issues, shape)
  if (kind.status !== undefined && object.status !== undefined) {
    checkShape(kind.status.node, withoutNulls(kind.status.node, object.status), 'status', issues, shape)
  }
  // Checks that span fields rely on the shape, so that they need not repeat it.
  const right = issues.every(({ path, fault }) => !path.startsWith('spec') || fault === 'UnknownField')
  if (right && isObject(object.metadata)) {
    // What has its name from the API server, or none that is text, has none of the names that a kind knows.
    const { name } = object.metadata
    const present = { ...object, metadata: { ...object.metadata, name: typeof name === 'string' ? name : '' }, spec }
    checkRules(kind.rules ?? [], present, '', issues)
    issues.push(...(kind.check?.(present as never) ?? []))
  }
  return issues
}

/** The object with all defaults: those that the API server stores and those that every reader applies. */
export function withDefaults<K extends AnyKind>(kind: K, object: ObjectOf<K>): CompleteObjectOf<K> {
  return { ...object, spec: fillDefaults(kind.spec.node, object.spec) } as CompleteObjectOf<K>
}

/** One line for a person: what is wrong with which object. */
export function describeIssues(kind: { readonly kind: string }, name: string, issues: readonly Issue[]): string {
  const lines = issues.map(({ path, value, message }) => `${path} ${message}, not ${show(value)}`)
  return `${kind.kind} ${name}: ${lines.join('; ')}`
}

function show(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** What is wrong with the name of an object; undefined when nothing is. */
export function explainObjectName(name: unknown): string | undefined {
  if (typeof name === 'string' && name.length <= 253 && namePattern.test(name)) return undefined
  return 'must be at most 253 lower case letters, digits, - and ., with a letter or digit at both ends'
}

function checkMetadata(kind: AnyKind, metadata: unknown, issues: Issue[]): void {
  if (!isObject(metadata)) {
    issues.push({ path: 'metadata', value: metadata, message: 'is required', fault: 'MissingField' })
    return
  }
  const { name, namespace } = metadata
  if ((name === undefined || name === null) && typeof metadata.generateName === 'string') return
  const message = explainObjectName(name) ?? explainKindName(kind, name)
  if (message !== undefined) issues.push({ path: 'metadata.name', value: name, message })
  if (kind.scope === 'Cluster' && namespace !== undefined && namespace !== null && namespace !== '') {
    issues.push({ path: 'metadata.namespace', value: namespace, message: `must be absent: ${kind.kind} has none` })
  }
}

function explainKindName({ name: rule }: AnyKind, name: unknown): string | undefined {
  return rule === undefined || new RegExp(rule.pattern, 'u').test(String(name)) ? undefined : rule.message
}
