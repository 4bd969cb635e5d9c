import { formatPrefix, parsePrefix } from '../../addresses/prefix.ts'
import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import { namespaceLabelPrefix } from '../../selectors/prefix-labels.ts'
import type { EntityMatch } from '../model.ts'
import { readLabelSelector } from '../network-policy/label-selector.ts'
import { podsInNamespaces } from '../network-policy/peer.ts'

/** What is allowed in ClusterNetworkPolicies, but cannot be followed. */
const unsupported: Readonly<Record<string, string>> = {
  nodes: 'cannot be followed here: write the addresses of the nodes as networks',
  domainNames: 'cannot be followed: Manx looks at addresses, not at names; write networks',
}

/**
 * Who a peer is, one entry per family of addresses. Undefined, with the reason added to `issues`, when it cannot be read or
 * followed.
 */
export function readPeer(
  value: unknown,
  path: string,
  side: 'from' | 'to',
  issues: Issue[],
): EntityMatch[] | undefined {
  const entries = isObject(value) ? Object.entries(value) : []
  const [only] = entries
  const known = side === 'from' ? 'namespaces and pods' : 'namespaces, pods and networks'
  if (only === undefined || entries.length > 1) {
    issues.push({ path, value, message: `must have exactly one of ${known}` })
    return undefined
  }
  const [field, match] = only
  const place = `${path}.${field}`
  if (field === 'networks' && side === 'to') return readNetworks(match, place, issues)
  if (field === 'namespaces' || field === 'pods') {
    const selector = readPods({ [field]: match }, path, issues)
    return selector === undefined ? undefined : [{ selector }]
  }
  const reason = side === 'to' ? unsupported[field] : undefined
  issues.push({ path: place, value: match, message: reason ?? `is not known: write one of ${known}` })
  return undefined
}

/** The canonical selector of what `namespaces` or `pods` says; undefined, with the reason in `issues`, when it cannot be read. */
export function readPods(value: Readonly<Record<string, unknown>>, path: string, issues: Issue[]): string | undefined {
  if (value.namespaces !== undefined) {
    const namespaces = readLabelSelector(value.namespaces, `${path}.namespaces`, namespaceLabelPrefix, issues)
    return namespaces === undefined ? undefined : podsInNamespaces(namespaces, [])
  }
  const place = `${path}.pods`
  if (!isObject(value.pods)) {
    issues.push({ path: place, value: value.pods, message: 'must be an object with namespaceSelector and podSelector' })
    return undefined
  }
  const { namespaceSelector = {}, podSelector } = value.pods
  const namespaces = readLabelSelector(namespaceSelector, `${place}.namespaceSelector`, namespaceLabelPrefix, issues)
  const conditions = readLabelSelector(podSelector, `${place}.podSelector`, '', issues)
  return namespaces === undefined || conditions === undefined ? undefined : podsInNamespaces(namespaces, conditions)
}

function readNetworks(value: unknown, path: string, issues: Issue[]): EntityMatch[] | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    issues.push({ path, value, message: 'must be a list of CIDRs with at least one' })
    return undefined
  }
  const prefixes = value.map((one, index) => {
    const prefix = typeof one === 'string' ? parsePrefix(one) : undefined
    if (prefix === undefined) {
      issues.push({ path: `${path}[${index}]`, value: one, message: 'must be a CIDR such as 10.0.0.0/8 or fd00::/8' })
    }
    return prefix
  })
  const read = prefixes.filter((prefix) => prefix !== undefined)
  if (read.length < prefixes.length) return undefined
  const families = ([4, 6] as const).map((family) => read.filter((prefix) => prefix.family === family))
  return families.filter((one) => one.length > 0).map((one) => ({ nets: one.map(formatPrefix) }))
}
