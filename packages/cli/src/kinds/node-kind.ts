import { type Node, nodeAnnotations, nodes, nodeToCalicoNode, type Resource } from '@manx/api'
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
  present: (object) => nodeToCalicoNode(object as Node),
}
