import { formatAddress, parseAddress } from '../addresses/address.ts'
import type { Pod } from '../core/kinds.ts'
import { isObject } from '../schema/validate.ts'
import type { Labels } from '../selectors/selector.ts'
import type { NamedPort, PolicyEndpoint } from './model.ts'
import { protocolNumbers } from './protocols.ts'
import { shared } from './shared.ts'

const noAddresses: readonly string[] = []
const noPorts: readonly NamedPort[] = []
const noLabels: Labels = {}

/**
 * A pod as policies see it; undefined when they do not: on the host's network, or ended, so that its addresses may be another
 * pod's. Small, for keeping one of each pod of a cluster: what pods have in common is shared. Parts of the pod that are
 * malformed are passed over.
 */
export function podEndpoint(pod: Pod): PolicyEndpoint | undefined {
  const { metadata, spec, status } = pod
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  if (spec?.hostNetwork === true || ended || typeof metadata.namespace !== 'string') return undefined
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    serviceAccount: typeof spec?.serviceAccountName === 'string' ? spec.serviceAccountName : '',
    labels: labelsOf(metadata.labels),
    addresses: addressesOf(pod),
    ports: portsOf(pod),
  }
}

function labelsOf(labels: unknown): Labels {
  if (!isObject(labels)) return noLabels
  const texts = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return texts.length === 0 ? noLabels : shared(Object.fromEntries(texts))
}

/**
 * Those of the status, which only kubelet writes: annotations may be written by whoever makes pods, and these addresses decide
 * whom policies let through.
 */
function addressesOf({ status }: Pod): readonly string[] {
  const listed = list(status?.podIPs).map((entry) => (isObject(entry) ? entry.ip : undefined))
  return canonicalAddresses(listed.length > 0 ? listed : [status?.podIP])
}

function canonicalAddresses(texts: readonly unknown[]): readonly string[] {
  const addresses = new Set<string>()
  for (const text of texts) {
    if (typeof text !== 'string') continue
    const address = parseAddress(text)
    if (address !== undefined) addresses.add(formatAddress(address))
  }
  return addresses.size === 0 ? noAddresses : [...addresses]
}

function portsOf({ spec }: Pod): readonly NamedPort[] {
  const restartable = list(spec?.initContainers).filter((one) => isObject(one) && one.restartPolicy === 'Always')
  const ports = new Map<string, NamedPort>()
  for (const container of [...list(spec?.containers), ...restartable]) {
    for (const port of isObject(container) ? list(container.ports) : []) {
      const named = namedPort(port)
      if (named !== undefined) ports.set(`${named.name}/${named.protocol}/${named.port}`, named)
    }
  }
  return ports.size === 0 ? noPorts : shared([...ports.values()])
}

function namedPort(port: unknown): NamedPort | undefined {
  if (!isObject(port)) return undefined
  const { name, containerPort, protocol = 'TCP' } = port
  const number = typeof protocol === 'string' ? protocolNumbers.get(protocol) : undefined
  if (typeof name !== 'string' || name === '' || number === undefined) return undefined
  if (typeof containerPort !== 'number' || !Number.isInteger(containerPort)) return undefined
  if (containerPort < 1 || containerPort > 65_535) return undefined
  return { name, protocol: number, port: containerPort }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
