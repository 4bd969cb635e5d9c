import {
  BlockAffinity,
  blockAffinityLabels,
  blockAffinityName,
  CalicoNodeStatus,
  events,
  handleNode,
  IPAMBlock,
  IPAMHandle,
  IPPool,
  type KubernetesClient,
  nodes,
  pods,
  resourceOf,
} from '@manx/api'
import { type Attempt, allowed, refused } from './attempt.ts'
import { type GuardedCluster, longNode } from './guarded-cluster.ts'

const handles = resourceOf(IPAMHandle)
const blocks = resourceOf(IPAMBlock)
const affinities = resourceOf(BlockAffinity)
const statuses = resourceOf(CalicoNodeStatus)

const handle = (name: string, node: string | undefined) => ({
  metadata: { name, ...(node === undefined ? {} : { annotations: { [handleNode]: node } }) },
  spec: { handleID: name, block: { '10.7.0.0/30': 1 } },
})
const claim = (node: string, cidr: string) => ({
  metadata: { name: blockAffinityName(node, cidr), labels: blockAffinityLabels(node, cidr) },
  spec: { cidr, node, type: 'host', state: 'pending' as const, deleted: false },
})
const block = (node: string | undefined, name: string, cidr: string) => ({
  metadata: { name },
  spec: {
    cidr,
    ...(node === undefined ? {} : { affinity: `host:${node}`, affinityClaimTime: '2026-01-01T00:00:00Z' }),
    allocations: [null, null, null, null],
    unallocated: [0, 1, 2, 3],
    attributes: [],
    sequenceNumber: 1,
    strictAffinity: false,
  },
})
const heldBy = (node: string) => ({ handle_id: 'net.7', secondary: { node, pod: 'p', namespace: 'default' } })
const change =
  <T>(resource: Parameters<KubernetesClient['patch']>[0] & { readonly plural: string }, name: string, patch: T) =>
  (client: KubernetesClient) =>
    client.patch(resource, name, patch)
const noted = (name: string) => ({ metadata: { annotations: { [name]: 'x' } } })
const warning = (node: string, name: string) => ({
  metadata: { name, namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  reportingController: 'manx-agent',
  reportingInstance: node,
  action: 'Read',
  type: 'Warning' as const,
  reason: 'InvalidPolicy',
  note: 'wrong',
  regarding: { kind: 'Pod', namespace: 'default', name: 'pod-1' },
})

/** What the agents of node-1 and node-2 and the controllers may write: of their own, and not of others. */
export function nodeWrites(cluster: () => GuardedCluster): readonly Attempt[] {
  const one = () => cluster().agent('node-1')
  const two = () => cluster().agent('node-2')
  const long = () => cluster().agent(longNode)
  const none = () => cluster().account('manx-system/manx-agent')
  const admin = async () => cluster().admin
  const controllers = () => cluster().account('manx-system/manx-controllers')
  const address = noted('projectcalico.org/IPv4Address')
  return [
    allowed('an annotation of its node', one, (client) => client.patchStatus(nodes, 'node-1', address)),
    refused('that of another node', one, (client) => client.patchStatus(nodes, 'node-2', address), 'its own node'),
    refused(
      'with a token of no pod',
      none,
      (client) => client.patchStatus(nodes, 'node-1', address),
      'no node: its token',
    ),
    allowed('a condition of its node', one, (client) => {
      const conditions = [{ type: 'NetworkUnavailable', status: 'False', reason: 'ManxIsUp', message: '' }]
      return client.patchStatus(nodes, 'node-1', { status: { conditions } }, { type: 'strategic' })
    }),
    refused(
      "somebody's annotation of its node",
      one,
      (client) => client.patchStatus(nodes, 'node-1', noted('example.com/rack')),
      'an agent changes annotations',
    ),
    allowed('an annotation of its pod', one, (client) =>
      client.patchStatus(pods, 'default/pod-1', noted('cni.projectcalico.org/podIP')),
    ),
    refused(
      'an annotation of a pod of another node',
      one,
      (client) => client.patchStatus(pods, 'default/pod-2', noted('cni.projectcalico.org/podIP')),
      'its pods only',
    ),
    refused(
      'a label of its pod',
      one,
      (client) => client.patchStatus(pods, 'default/pod-1', { metadata: { labels: { app: 'db' } } }),
      'an agent changes no labels',
    ),

    allowed('a claim', one, (client) => client.create(affinities, claim('node-1', '10.7.0.0/30'))),
    refused(
      'a claim for another node',
      one,
      (client) => client.create(affinities, claim('node-2', '10.7.0.4/30')),
      'its own node',
    ),
    refused(
      "a claim under another node's name",
      one,
      (client) =>
        client.create(affinities, {
          ...claim('node-1', '10.7.0.4/30'),
          metadata: { name: blockAffinityName('node-2', '10.7.0.4/30') },
        }),
      'after its node and its CIDR',
    ),
    refused(
      'a claim under the name of another block',
      one,
      (client) =>
        client.create(affinities, {
          ...claim('node-1', '10.7.0.4/30'),
          metadata: { name: blockAffinityName('node-1', '10.7.0.8/30') },
        }),
      'after its node and its CIDR',
    ),
    allowed('a claim of a node with a long name', long, (client) =>
      client.create(affinities, claim(longNode, '10.7.0.4/30')),
    ),
    refused(
      'that node under the name of another one',
      long,
      (client) =>
        client.create(affinities, {
          ...claim(longNode, '10.7.0.8/30'),
          metadata: { name: blockAffinityName('node-2', '10.7.0.8/30') },
        }),
      'after its node and its CIDR',
    ),
    refused(
      "another node's claim",
      two,
      change(affinities, 'node-1-10-7-0-0-30', { spec: { state: 'pendingDeletion' } }),
      'its own node',
    ),
    refused(
      "to delete another node's claim",
      two,
      (client) => client.delete(affinities, 'node-1-10-7-0-0-30'),
      'its own node',
    ),
    allowed('a block', one, (client) => client.create(blocks, block('node-1', '10-7-0-0-30', '10.7.0.0/30'))),
    refused(
      'a block for another node',
      one,
      (client) => client.create(blocks, block('node-2', '10-7-0-4-30', '10.7.0.4/30')),
      'its own node',
    ),
    refused(
      'a block by another name',
      one,
      (client) => client.create(blocks, block('node-1', '10-7-0-8-30', '10.7.0.4/30')),
      'after its CIDR',
    ),
    refused(
      "to take another node's block",
      two,
      change(blocks, '10-7-0-0-30', { spec: { affinity: 'host:node-2', sequenceNumber: 2 } }),
      'its own node',
    ),
    refused(
      'the administrator: other addresses for a block',
      admin,
      change(blocks, '10-7-0-0-30', { spec: { cidr: '10.7.0.4/30' } }),
      'spec.cidr: Invalid value: "10.7.0.4/30": cannot be changed',
    ),
    refused(
      'the administrator: another node for a claim',
      admin,
      change(affinities, 'node-1-10-7-0-0-30', { spec: { node: 'node-2' } }),
      'spec.node: Invalid value: "node-2": cannot be changed',
    ),
    refused(
      'the administrator: other addresses for a claim',
      admin,
      change(affinities, 'node-1-10-7-0-0-30', { spec: { cidr: '10.7.0.4/30' } }),
      'cannot be changed',
    ),
    allowed('to leave its block to nobody', one, change(blocks, '10-7-0-0-30', { spec: { affinity: null } })),
    allowed(
      'the administrator: an address of another node in it',
      admin,
      change(blocks, '10-7-0-0-30', {
        spec: { allocations: [0, null, null, null], unallocated: [1, 2, 3], attributes: [heldBy('node-1')] },
      }),
    ),
    refused(
      "to take nobody's block with that",
      two,
      change(blocks, '10-7-0-0-30', { spec: { affinity: 'host:node-2', sequenceNumber: 3 } }),
      'that others have addresses of',
    ),
    refused(
      'to free that and take the block',
      two,
      change(blocks, '10-7-0-0-30', {
        spec: { ...block(undefined, '', '10.7.0.0/30').spec, affinity: 'host:node-2', sequenceNumber: 3 },
      }),
      'an agent',
    ),
    allowed(
      'the administrator: that the address is its own',
      admin,
      change(blocks, '10-7-0-0-30', { spec: { attributes: [heldBy('node-2')] } }),
    ),
    allowed(
      "to take nobody's block",
      two,
      change(blocks, '10-7-0-0-30', { spec: { affinity: 'host:node-2', sequenceNumber: 3 } }),
    ),
    refused("to delete another node's block", one, (client) => client.delete(blocks, '10-7-0-0-30'), 'its own node'),
    allowed('to delete its block', two, (client) => client.delete(blocks, '10-7-0-0-30')),
    allowed('to delete its claim', one, (client) => client.delete(affinities, 'node-1-10-7-0-0-30')),

    allowed('a handle', one, (client) => client.create(handles, handle('net.1', 'node-1'))),
    refused(
      'a handle for another node',
      one,
      (client) => client.create(handles, handle('net.2', 'node-2')),
      'manx.dev/node',
    ),
    allowed('a handle that names no node', one, (client) => client.create(handles, handle('net.0', undefined))),
    refused(
      'a handle by another name',
      one,
      (client) => client.create(handles, { ...handle('net.2', 'node-1'), spec: { handleID: 'net.3', block: {} } }),
      'after its ID',
    ),
    allowed('to count in its handle', one, change(handles, 'net.1', { spec: { block: { '10.7.0.0/30': 2 } } })),
    refused(
      'the administrator: another ID for a handle',
      admin,
      change(handles, 'net.1', { spec: { handleID: 'NET.1' } }),
      'spec.handleID: Invalid value: "NET.1": cannot be changed',
    ),
    refused(
      "to count in another node's handle",
      two,
      change(handles, 'net.1', { spec: { block: { '10.7.0.0/30': null } } }),
      'its own node',
    ),
    refused(
      "to mark another node's handle as deleted",
      two,
      change(handles, 'net.1', { spec: { deleted: true } }),
      'its own node',
    ),
    refused("to delete another node's handle", two, (client) => client.delete(handles, 'net.1'), 'its own node'),
    refused(
      'to give its handle away',
      one,
      change(handles, 'net.1', { metadata: { annotations: { [handleNode]: 'node-2' } } }),
      'manx.dev/node',
    ),
    refused(
      'to say of its handle that it is of no node',
      one,
      change(handles, 'net.1', { metadata: { annotations: { [handleNode]: null } } }),
      'manx.dev/node',
    ),
    allowed('to mark its handle as deleted', one, change(handles, 'net.1', { spec: { deleted: true } })),
    allowed('to finish a deletion that another node began', two, (client) => client.delete(handles, 'net.1')),
    allowed('a handle as Calico makes them', controllers, (client) =>
      client.create(handles, handle('old.1', undefined)),
    ),
    allowed('to release it', two, change(handles, 'old.1', { spec: { block: {} } })),
    refused(
      'to give it to another node',
      two,
      change(handles, 'old.1', { metadata: { annotations: { [handleNode]: 'node-1' } } }),
      'manx.dev/node',
    ),
    allowed('another handle', one, (client) => client.create(handles, handle('net.4', 'node-1'))),
    allowed(
      "controllers: to release a node's handle",
      controllers,
      change(handles, 'net.4', { spec: { deleted: true } }),
    ),
    allowed("controllers: to delete a node's handle", controllers, (client) => client.delete(handles, 'net.4')),

    allowed('the status of its CalicoNodeStatus', one, (client) =>
      client.patchStatus(statuses, 'status-1', { status: { lastUpdated: '2026-01-01T00:00:00Z' } }),
    ),
    refused(
      'that of another node',
      one,
      (client) => client.patchStatus(statuses, 'status-2', { status: { lastUpdated: '2026-01-01T00:00:00Z' } }),
      'its own node',
    ),
    refused('what is asked of it', one, change(statuses, 'status-1', { spec: { classes: ['BGP'] } }), 'its own node'),
    refused(
      'any other pool',
      one,
      (client) => client.create(resourceOf(IPPool), { metadata: { name: 'mine' }, spec: { cidr: '10.99.0.0/24' } }),
      'default objects only',
    ),
    allowed('a warning', one, (client) => client.create(events, warning('node-1', 'w1'))),
    refused(
      'a warning of another node',
      one,
      (client) => client.create(events, warning('node-2', 'w2')),
      'its own name',
    ),
  ]
}

/** The rights and objects that the attempts need beyond the manifests. */
export const nodeWriteObjects = [
  ...[1, 2].map((number) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'CalicoNodeStatus',
    metadata: { name: `status-${number}` },
    spec: { node: `node-${number}`, classes: ['Agent'], updatePeriodSeconds: 10 },
  })),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'node-statuses' },
    rules: [
      {
        apiGroups: ['projectcalico.org'],
        resources: ['caliconodestatuses', 'caliconodestatuses/status', 'ipamhandles', 'ipamblocks', 'blockaffinities'],
        verbs: ['update', 'patch'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'node-statuses' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'node-statuses' },
    subjects: ['manx-agent', 'manx-controllers'].map((name) => ({
      kind: 'ServiceAccount',
      name,
      namespace: 'manx-system',
    })),
  },
]
