import { explainPrefix } from '../../addresses/explain.ts'
import { formatPrefix, type Prefix, parsePrefix, prefixContains } from '../../addresses/prefix.ts'
import type { Issue } from '../../kind.ts'
import { isObject } from '../../schema/validate.ts'
import { and, equal, has } from '../../selectors/build.ts'
import { canonicalSelector } from '../../selectors/canonical.ts'
import type { SelectorNode } from '../../selectors/node.ts'
import { namespaceLabelPrefix } from '../../selectors/prefix-labels.ts'
import { endpointLabelNames } from '../endpoint-labels.ts'
import type { EntityMatch } from '../model.ts'
import { readLabelSelector } from './label-selector.ts'

/** The canonical selector of pods in a namespace that meet all conditions. */
export function podsInNamespace(namespace: string, conditions: readonly SelectorNode[]): string {
  return podsWith([equal(endpointLabelNames.namespace, namespace), ...conditions])
}

/**
 * Who a peer is, for policies of the namespace. Undefined, with the reason added to `issues`, when a part of it cannot be read:
 * the conditions within a peer must all hold, so that leaving one out would let in more than was meant.
 */
export function readPeer(value: unknown, path: string, namespace: string, issues: Issue[]): EntityMatch | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object with podSelector, namespaceSelector or ipBlock' })
    return undefined
  }
  const podSelector = value.podSelector ?? undefined
  const namespaceSelector = value.namespaceSelector ?? undefined
  const ipBlock = value.ipBlock ?? undefined
  if (ipBlock !== undefined) {
    if (podSelector === undefined && namespaceSelector === undefined) {
      return readBlock(ipBlock, `${path}.ipBlock`, issues)
    }
    issues.push({ path: `${path}.ipBlock`, value: ipBlock, message: 'must be absent beside a selector' })
    return undefined
  }
  if (podSelector === undefined && namespaceSelector === undefined) {
    issues.push({ path, value, message: 'must have podSelector, namespaceSelector or ipBlock' })
    return undefined
  }
  const conditions = podSelector === undefined ? [] : readLabelSelector(podSelector, `${path}.podSelector`, '', issues)
  if (namespaceSelector === undefined) {
    return conditions === undefined ? undefined : { selector: podsInNamespace(namespace, conditions) }
  }
  const place = `${path}.namespaceSelector`
  const namespaces = readLabelSelector(namespaceSelector, place, namespaceLabelPrefix, issues)
  if (conditions === undefined || namespaces === undefined) return undefined
  return { selector: podsInNamespaces(namespaces, conditions) }
}

/** The canonical selector of pods that meet all conditions, in namespaces that meet all of theirs. */
export function podsInNamespaces(namespaces: readonly SelectorNode[], conditions: readonly SelectorNode[]): string {
  const anyNamespace = has(endpointLabelNames.namespace)
  return podsWith([...(namespaces.length === 0 ? [anyNamespace] : namespaces), ...conditions])
}

function podsWith(conditions: readonly SelectorNode[]): string {
  return canonicalSelector(and([equal(endpointLabelNames.orchestrator, 'k8s'), ...conditions]))
}

function readBlock(value: unknown, path: string, issues: Issue[]): EntityMatch | undefined {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object with cidr and except' })
    return undefined
  }
  const cidr = readPrefix(value.cidr, `${path}.cidr`, issues)
  const listed = value.except ?? []
  if (!Array.isArray(listed)) {
    issues.push({ path: `${path}.except`, value: listed, message: 'must be a list of CIDRs within cidr' })
    return undefined
  }
  const except = listed.map((one, index) => readException(one, `${path}.except[${index}]`, cidr, issues))
  const read = except.filter((one) => one !== undefined)
  // Without one of its exceptions the block would be more than was meant.
  if (cidr === undefined || read.length < except.length) return undefined
  const nets = [formatPrefix(cidr)]
  return read.length === 0 ? { nets } : { nets, notNets: read.map(formatPrefix) }
}

function readException(value: unknown, path: string, cidr: Prefix | undefined, issues: Issue[]): Prefix | undefined {
  const prefix = readPrefix(value, path, issues)
  if (prefix === undefined || cidr === undefined) return prefix
  if (prefixContains(cidr, prefix) && prefix.length > cidr.length) return prefix
  issues.push({ path, value, message: `must be a smaller part of ${formatPrefix(cidr)}` })
  return undefined
}

/** Bits beyond the length are no fault: Kubernetes has always let them pass. */
function readPrefix(value: unknown, path: string, issues: Issue[]): Prefix | undefined {
  const prefix = typeof value === 'string' ? parsePrefix(value) : undefined
  if (prefix === undefined) {
    const message = explainPrefix(typeof value === 'string' ? value : '') ?? 'must be a CIDR'
    issues.push({ path, value, message })
  }
  return prefix
}
