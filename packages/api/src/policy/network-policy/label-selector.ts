import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import { equal, has, noneOf, not, oneOf } from '../../selectors/build.ts'
import type { SelectorNode } from '../../selectors/node.ts'

const labelName = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/**
 * The conditions that a label selector of Kubernetes has, of labels with `prefix`. Undefined, with the reason added to `issues`,
 * when it cannot be read. A value that no label can have is an issue too, but what it means is clear: it is never met.
 */
export function readLabelSelector(
  value: unknown,
  path: string,
  prefix: string,
  issues: Issue[],
): SelectorNode[] | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be a label selector: an object with matchLabels and matchExpressions' })
    return undefined
  }
  const labels = readMatchLabels(value.matchLabels ?? {}, `${path}.matchLabels`, prefix, issues)
  const expressions = readExpressions(value.matchExpressions ?? [], `${path}.matchExpressions`, prefix, issues)
  return labels === undefined || expressions === undefined ? undefined : [...labels, ...expressions]
}

function readMatchLabels(value: unknown, path: string, prefix: string, issues: Issue[]): SelectorNode[] | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object of labels and their values' })
    return undefined
  }
  const terms = Object.entries(value).map(([label, wanted]) => {
    const place = `${path}[${JSON.stringify(label)}]`
    if (!checkLabelName(label, place, issues)) return undefined
    const values = readValues([wanted], () => place, issues)
    if (values === undefined) return undefined
    const [one] = values
    return one === undefined ? oneOf(`${prefix}${label}`, []) : equal(`${prefix}${label}`, one)
  })
  return allRead(terms)
}

function readExpressions(value: unknown, path: string, prefix: string, issues: Issue[]): SelectorNode[] | undefined {
  if (!Array.isArray(value)) {
    issues.push({ path, value, message: 'must be a list of expressions' })
    return undefined
  }
  return allRead(value.map((expression, index) => readExpression(expression, `${path}[${index}]`, prefix, issues)))
}

function readExpression(value: unknown, path: string, prefix: string, issues: Issue[]): SelectorNode | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object with key, operator and values' })
    return undefined
  }
  const { key, operator } = value
  if (!checkLabelName(key, `${path}.key`, issues)) return undefined
  const label = `${prefix}${key}`
  const listed = value.values ?? []
  if (!Array.isArray(listed)) {
    issues.push({ path: `${path}.values`, value: listed, message: 'must be a list of label values' })
    return undefined
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (listed.length > 0) {
      issues.push({ path: `${path}.values`, value: listed, message: `must be empty with the operator ${operator}` })
      return undefined
    }
    return operator === 'Exists' ? has(label) : not(has(label))
  }
  if (operator !== 'In' && operator !== 'NotIn') {
    const message = 'must be In, NotIn, Exists or DoesNotExist'
    issues.push({ path: `${path}.operator`, value: operator, message })
    return undefined
  }
  if (listed.length === 0) {
    const message = `must have at least one value with the operator ${operator}`
    issues.push({ path: `${path}.values`, value: value.values, message })
    return undefined
  }
  const values = readValues(listed, (index) => `${path}.values[${index}]`, issues)
  if (values === undefined) return undefined
  return operator === 'In' ? oneOf(label, values) : noneOf(label, values)
}

function checkLabelName(value: unknown, path: string, issues: Issue[]): value is string {
  if (typeof value === 'string' && labelName.test(value)) return true
  issues.push({ path, value, message: 'must be the name of a label such as app or example.com/app' })
  return false
}

/** The values that a label can have; undefined when one of them is not even text. */
function readValues(
  values: readonly unknown[],
  pathOf: (index: number) => string,
  issues: Issue[],
): string[] | undefined {
  const possible: string[] = []
  let readable = true
  for (const [index, value] of values.entries()) {
    if (typeof value === 'string' && labelValue.test(value)) {
      possible.push(value)
      continue
    }
    const message = 'must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends'
    issues.push({ path: pathOf(index), value, message })
    if (typeof value !== 'string') readable = false
  }
  return readable ? possible : undefined
}

function allRead(terms: readonly (SelectorNode | undefined)[]): SelectorNode[] | undefined {
  const read = terms.filter((term) => term !== undefined)
  return read.length === terms.length ? read : undefined
}
