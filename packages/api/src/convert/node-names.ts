import { isObject } from '../schema/validate.ts'
import type { Report } from './finding.ts'
import { kubernetesName } from './not-stored.ts'

/** Names of nodes in Calico's etcd, where they differ, and in Kubernetes. */
export type NodeNames = ReadonlyMap<string, string>

/** What the Nodes among the objects say about their names. */
export function readNodeNames(values: readonly unknown[]): NodeNames {
  const names = new Map<string, string>()
  for (const value of values) {
    if (!isObject(value) || value.kind !== 'Node' || !isObject(value.metadata)) continue
    const { name } = value.metadata
    const wanted = kubernetesName(value.spec)
    if (typeof name === 'string' && wanted !== undefined && wanted !== name) names.set(name, wanted)
  }
  return names
}

const nodeFields: Readonly<Record<string, string>> = {
  BGPPeer: 'node',
  HostEndpoint: 'node',
  CalicoNodeStatus: 'node',
  BlockAffinity: 'node',
}

/** The spec with the names that nodes have in Kubernetes. */
export function renameNodes(kind: string, spec: unknown, names: NodeNames, report: Report): unknown {
  if (names.size === 0 || !isObject(spec)) return spec
  const rename = (value: unknown, path: string): unknown => {
    const name = typeof value === 'string' ? names.get(value) : undefined
    if (name !== undefined)
      report('changed', 'Renamed', path, undefined, `is ${name} now, as Kubernetes calls the node`)
    return name ?? value
  }
  const field = nodeFields[kind]
  if (field !== undefined && spec[field] !== undefined)
    return { ...spec, [field]: rename(spec[field], `spec.${field}`) }
  if (kind !== 'IPAMBlock') return spec
  const { affinity, attributes } = spec
  const host = typeof affinity === 'string' && affinity.startsWith('host:') ? affinity.slice('host:'.length) : undefined
  return {
    ...spec,
    ...(host === undefined ? {} : { affinity: `host:${String(rename(host, 'spec.affinity'))}` }),
    ...(Array.isArray(attributes)
      ? { attributes: attributes.map((one: unknown, index) => renameOwner(one, `spec.attributes[${index}]`, rename)) }
      : {}),
  }
}

function renameOwner(attribute: unknown, path: string, rename: (value: unknown, path: string) => unknown): unknown {
  if (!isObject(attribute) || !isObject(attribute.secondary) || attribute.secondary.node === undefined) return attribute
  const node = rename(attribute.secondary.node, `${path}.secondary.node`)
  return { ...attribute, secondary: { ...attribute.secondary, node } }
}

/** The name of an object that is for one node. */
export function renameConfiguration(kind: string, name: string, names: NodeNames, report: Report): string {
  if (kind !== 'FelixConfiguration' && kind !== 'BGPConfiguration') return name
  const node = name.startsWith('node.') ? names.get(name.slice('node.'.length)) : undefined
  if (node === undefined) return name
  report('changed', 'Renamed', 'metadata.name', undefined, `is node.${node} now, as Kubernetes calls the node`)
  return `node.${node}`
}
