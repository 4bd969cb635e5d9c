import { type Address, type Family, parseAddress } from '../addresses/address.ts'
import { parsePrefix } from '../addresses/prefix.ts'
import { parseAsNumber } from '../as-number.ts'
import type { Issue } from '../kind.ts'
import { isObject } from '../schema/validate.ts'
import type { Node } from './kinds.ts'
import { readAnnotation, readJsonAnnotation, textsOf } from './read-annotation.ts'

/** Calico's Node is Kubernetes' Node with these annotations. */
export const nodeAnnotations = {
  ipv4Address: 'projectcalico.org/IPv4Address',
  ipv6Address: 'projectcalico.org/IPv6Address',
  asNumber: 'projectcalico.org/ASNumber',
  routeReflectorClusterId: 'projectcalico.org/RouteReflectorClusterID',
  interfaces: 'projectcalico.org/Interfaces',
} as const

/** The address that a node speaks BGP from, and the length of the network that it is in. */
export interface NodeBgpAddress {
  readonly address: Address
  /** The length of the host's network; 32 or 128 when the annotation has none. */
  readonly length: number
}

type Annotated = Pick<Node, 'metadata'>

/** The node's BGP addresses by family; one that is missing or malformed is absent (see `checkNodeAnnotations`). */
export function nodeBgpAddresses(node: Annotated): { readonly v4?: NodeBgpAddress; readonly v6?: NodeBgpAddress } {
  const v4 = readAddress(node, 4)
  const v6 = readAddress(node, 6)
  return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) }
}

/** The node's own AS number; undefined means that of the BGPConfiguration. */
export function nodeAsNumber(node: Annotated): number | undefined {
  const text = annotation(node, nodeAnnotations.asNumber)
  return text === undefined ? undefined : parseAsNumber(text)
}

/** The cluster id of a route reflector, as dotted IPv4; undefined when the node is none. */
export function nodeRouteReflectorClusterId(node: Annotated): string | undefined {
  const text = annotation(node, nodeAnnotations.routeReflectorClusterId)
  return text !== undefined && parseAddress(text)?.family === 4 ? text : undefined
}

/** The interfaces that the node's annotation lists; undefined when it is not a list of these. */
export function nodeInterfaces(
  node: Annotated,
): readonly { readonly name: string; readonly addresses: readonly string[] }[] | undefined {
  const value = readJsonAnnotation(node.metadata, nodeAnnotations.interfaces)
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const read = value.map((one: unknown) => {
    const addresses = isObject(one) ? textsOf(one.addresses ?? []) : undefined
    return isObject(one) && typeof one.name === 'string' && addresses !== undefined
      ? { name: one.name, addresses }
      : undefined
  })
  const known = read.filter((one) => one !== undefined)
  return known.length < read.length ? undefined : known
}

/** What is wrong with the node's annotations. */
export function checkNodeAnnotations(node: Annotated): Issue[] {
  const issues: Issue[] = []
  const check = (name: string, right: boolean, message: string) => {
    const value = annotation(node, name)
    if (value !== undefined && !right) issues.push({ path: `metadata.annotations[${name}]`, value, message })
  }
  const { v4, v6 } = nodeBgpAddresses(node)
  check(nodeAnnotations.ipv4Address, v4 !== undefined, 'must be an IPv4 address with its network, as 192.0.2.5/24')
  check(nodeAnnotations.ipv6Address, v6 !== undefined, 'must be an IPv6 address with its network, as 2001:db8::5/64')
  check(nodeAnnotations.asNumber, nodeAsNumber(node) !== undefined, 'must be an AS number, 0 to 4294967295')
  const clusterId = nodeRouteReflectorClusterId(node)
  check(nodeAnnotations.routeReflectorClusterId, clusterId !== undefined, 'must be dotted as an IPv4 address')
  const hasInterfaces = nodeInterfaces(node) !== undefined
  check(nodeAnnotations.interfaces, hasInterfaces, 'must be a JSON list of interfaces, each with name and addresses')
  return issues
}

function readAddress(node: Annotated, family: Family): NodeBgpAddress | undefined {
  const text = annotation(node, family === 4 ? nodeAnnotations.ipv4Address : nodeAnnotations.ipv6Address)
  if (text === undefined) return undefined
  const address = parseAddress(text.split('/', 1)[0] ?? '')
  if (address?.family !== family) return undefined
  if (!text.includes('/')) return { address, length: family === 4 ? 32 : 128 }
  const prefix = parsePrefix(text)
  return prefix === undefined ? undefined : { address, length: prefix.length }
}

const annotation = ({ metadata }: Annotated, name: string): string | undefined => readAnnotation(metadata, name)
