import { type Node, nodeAnnotations, nodeAsNumber, nodes, type Resource } from '@manx/api'
import type { CliKind, CliObject } from './cli-kind.ts'
import { field, nameColumn, valueAt } from './columns.ts'

/** Calico's Node, which is Kubernetes' Node with annotations. */
export const nodeKind: CliKind = {
  kind: 'Node',
  apiVersion: 'projectcalico.org/v3',
  aliases: ['node', 'nodes', 'no', 'nos'],
  resource: nodes as Resource<CliObject>,
  columns: [nameColumn],
  wideColumns: [
    nameColumn,
    {
      title: 'ASN',
      // In parentheses when it comes from BGPConfiguration.
      value: (object, { asNumber }) => String(valueAt(object, 'spec.bgp.asNumber') ?? `(${asNumber})`),
    },
    field('IPV4', 'spec.bgp.ipv4Address'),
    field('IPV6', 'spec.bgp.ipv6Address'),
  ],
  readOnly: `cannot be written here: set its annotations, for example kubectl annotate node NAME ${nodeAnnotations.asNumber}=64512`,
  present: presentNode,
}

function presentNode(object: CliObject): CliObject {
  const node = object as Node
  const annotation = (name: string) => node.metadata.annotations?.[name] || undefined
  const asNumber = nodeAsNumber(node)
  const bgp = {
    ...(asNumber === undefined ? {} : { asNumber }),
    ...optional('ipv4Address', annotation(nodeAnnotations.ipv4Address)),
    ...optional('ipv6Address', annotation(nodeAnnotations.ipv6Address)),
    ...optional('routeReflectorClusterID', annotation(nodeAnnotations.routeReflectorClusterId)),
  }
  const calicoAddresses = [bgp.ipv4Address, bgp.ipv6Address].filter((address) => address !== undefined)
  const addresses = [
    ...calicoAddresses.map((address) => ({ address, type: 'CalicoNodeIP' })),
    ...(node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP'),
  ]
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Node',
    metadata: node.metadata,
    spec: { addresses, bgp, orchRefs: [{ nodeName: node.metadata.name, orchestrator: 'k8s' }] },
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}
