import type { Issue } from '../kind.ts'
import { isObject, unknownField } from '../schema/validate.ts'

const fields = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]

const nameForm = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const domainForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const namespaceForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** What Kubernetes refuses in the metadata of any object, but for the name, which the kind says more of. */
export function checkMetadata(metadata: unknown): Issue[] {
  if (!isObject(metadata)) return []
  const issues: Issue[] = []
  for (const [name, value] of Object.entries(metadata)) {
    if (!fields.includes(name)) issues.push(unknownField(`metadata.${name}`, name, value, fields))
  }
  const { namespace } = metadata
  if (
    namespace !== undefined &&
    namespace !== null &&
    namespace !== '' &&
    (typeof namespace !== 'string' || !namespaceForm.test(namespace))
  ) {
    const message = 'must be at most 63 lower case letters, digits and -, with a letter or digit at both ends'
    issues.push({ path: 'metadata.namespace', value: namespace, message })
  }
  checkTexts(metadata.labels, 'metadata.labels', issues, labels)
  checkTexts(metadata.annotations, 'metadata.annotations', issues, annotations)
  return issues
}

interface TextRules {
  readonly isKey: (key: string) => boolean
  readonly keyMessage: string
  /** What is wrong with a value; undefined when nothing is. */
  readonly check: (value: string) => string | undefined
}

function checkTexts(value: unknown, path: string, issues: Issue[], { isKey, keyMessage, check }: TextRules): void {
  if (value === undefined || value === null) return
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be a map' })
    return
  }
  for (const [key, text] of Object.entries(value)) {
    const at = `${path}[${key}]`
    if (!isKey(key)) {
      issues.push({ path: at, value: key, message: keyMessage })
    } else if (typeof text !== 'string') {
      // The API server reads null as the empty text.
      if (text === null) continue
      issues.push({ path: at, value: text, message: `must be text: write ${JSON.stringify(String(text))}` })
    } else {
      const message = check(text)
      if (message !== undefined) issues.push({ path: at, value: text, message })
    }
  }
}

function isKey(key: string): boolean {
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  const domain = slash < 0 ? undefined : key.slice(0, slash)
  return nameForm.test(name) && (domain === undefined || (domain.length <= 253 && domainForm.test(domain)))
}

const keyMessage = 'must be a name, or a domain and a name as example.org/name, of letters, digits, -, _ and .'
const labels: TextRules = { isKey, keyMessage, check: checkLabel }
/** Of these alone capitals in the domain are taken. */
const annotations: TextRules = { isKey: (key) => isKey(key.toLowerCase()), keyMessage, check: () => undefined }

/** What is wrong with the value of a label; undefined when nothing is. */
export function checkLabel(value: string): string | undefined {
  return value === '' || nameForm.test(value)
    ? undefined
    : 'must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends'
}
