import { expect, test } from '@jest/globals'
import {
  allKinds,
  handleNode,
  IPAMBlock,
  IPAMHandle,
  nodes,
  parseAddress,
  pods,
  resourceOf,
  silentLogger,
} from '@manx/api'
import { createIpam, type Ipam } from '@manx/ipam'
import { createDefaults } from '../../src/bootstrap/create-defaults.ts'
import { annotateNode, identityAnnotations, setNetworkAvailable } from '../../src/bootstrap/node-object.ts'
import { createPodPort } from '../../src/pods/pod-port.ts'
import { forgetNode } from '../../src/uninstall/forget-node.ts'
import type { GuardedCluster } from './guarded-cluster.ts'

const { signal } = new AbortController()

/** What an agent does from its start to its end, with no more than its token lets it. */
export function testAgentFlows(cluster: () => GuardedCluster): void {
  test('an agent makes what a new cluster lacks', async () => {
    const client = await cluster().agent('node-1')
    const pool = {
      cidr: '10.9.0.0/29',
      blockSize: 30,
      natOutgoing: false,
      nodeSelector: 'all()',
      disableBgpExport: false,
    }
    await createDefaults({
      client,
      logger: silentLogger,
      config: {
        clusterType: ['k8s', 'bgp'],
        defaultPools: { 4: pool, 6: { ...pool, cidr: 'fd09::/120', blockSize: 122 } },
      },
      addresses: {},
      version: 'test',
      signal,
    })
    const names = ['BGPConfiguration', 'ClusterInformation', 'FelixConfiguration', 'IPAMConfiguration']
    for (const kind of allKinds.filter((one) => names.includes(one.kind))) {
      expect(await client.get(resourceOf(kind), 'default')).toMatchObject({ kind: kind.kind })
    }
    const made = await client.list<{ metadata: { name: string } }>(
      resourceOf(allKinds.find((one) => one.kind === 'IPPool') ?? IPAMBlock),
    )
    expect(made.items.map(({ metadata }) => metadata.name)).toEqual(['default-ipv4-ippool', 'default-ipv6-ippool'])
  })

  test('an agent notes addresses on its node and its pods, and takes them back', async () => {
    const client = await cluster().agent('node-1')
    const node = await client.get(nodes, 'node-1')
    const address = parseAddress('10.50.0.1')
    if (address === undefined) throw new Error('no address')
    const identity = identityAnnotations({ 4: { address, length: 24, from: 'test' } }, 65_001)
    expect(await annotateNode(client, node, identity, signal)).toBe(true)
    await setNetworkAvailable(client, 'node-1', signal)
    expect((await client.get(nodes, 'node-1')).metadata.annotations).toMatchObject({
      'projectcalico.org/IPv4Address': '10.50.0.1/24',
      'projectcalico.org/ASNumber': '65001',
    })
    const pod = await client.get(pods, 'default/pod-1')
    const endpoint = {
      namespace: 'default',
      pod: 'pod-1',
      containerId: 'c1',
      ...(pod.metadata.uid === undefined ? {} : { podUid: pod.metadata.uid }),
    }
    const port = createPodPort({ client, node: 'node-1' } as never)
    const annotationsOf = async () => (await client.get(pods, 'default/pod-1')).metadata.annotations
    await port.annotate(endpoint as never, ['10.9.0.1'], signal)
    expect(await annotationsOf()).toMatchObject({ 'cni.projectcalico.org/podIP': '10.9.0.1/32' })
    await port.annotate(endpoint as never, [], signal)
    expect(await annotationsOf()).toMatchObject({ 'cni.projectcalico.org/podIP': '' })
    await forgetNode(client, 'node-1', signal)
    expect((await client.get(nodes, 'node-1')).metadata.annotations).toEqual({ 'example.com/rack': 'r1' })
  })

  test('agents take, borrow and give back addresses', async () => {
    const on = async (node: string) => createIpam({ client: await cluster().agent(node), node, logger: silentLogger })
    const [one, two] = [await on('node-1'), await on('node-2')]
    const take = (ipam: Ipam, node: string, id: string) =>
      ipam.assign({
        handle: `k8s-pod-network.${id}`,
        families: { v4: true, v6: true },
        pools: { v4: ['default-ipv4-ippool'] },
        attributes: { pod: id, namespace: 'default', node, timestamp: '2026-01-01 00:00:00 +0000 UTC' },
      })
    // Two blocks of four: the first node owns both, and the second one borrows.
    const first = ['a', 'b', 'c', 'd', 'e']
    for (const id of first) expect(await take(one, 'node-1', id)).toHaveLength(2)
    for (const id of ['f', 'g']) expect(await take(two, 'node-2', id)).toHaveLength(2)
    const blocks = (await cluster().admin.list(resourceOf(IPAMBlock))).items.filter(({ spec }) =>
      spec.cidr.startsWith('10.9.'),
    )
    expect(blocks.map(({ spec }) => spec.affinity)).toEqual(['host:node-1', 'host:node-1'])
    for (const id of ['f', 'g']) expect(await two.releaseByHandle(`k8s-pod-network.${id}`)).toBe(2)
    for (const id of first) expect(await one.releaseByHandle(`k8s-pod-network.${id}`)).toBe(2)
    const left = (await cluster().admin.list(resourceOf(IPAMHandle))).items.map(({ spec }) => spec.handleID)
    expect(left.filter((id) => id.startsWith('k8s-pod-network.'))).toEqual([])
  })

  test("agents give back the last addresses of nobody's block, and it goes", async () => {
    const { admin } = cluster()
    const cidr = '10.8.0.0/29'
    const holder = (node: string) => ({
      handle_id: `last.${node}`,
      secondary: { node, pod: 'p', namespace: 'default' },
    })
    await admin.create(resourceOf(IPAMBlock), {
      metadata: { name: '10-8-0-0-29' },
      spec: {
        cidr,
        allocations: [0, 1, 2, null, null, null, null, 0],
        unallocated: [3, 4, 5, 6],
        // As Calico keeps the first and the last ones of Windows nodes.
        attributes: [{ handle_id: 'windows-reserved-ipam-handle' }, holder('node-1'), holder('node-2')],
        sequenceNumber: 10,
        sequenceNumberForAllocation: { 0: 1, 1: 2, 2: 3, 7: 1 },
        strictAffinity: false,
      },
    })
    for (const node of ['node-1', 'node-2']) {
      const handleID = `last.${node}`
      await admin.create(resourceOf(IPAMHandle), {
        metadata: { name: handleID, annotations: { [handleNode]: node } },
        spec: { handleID, block: { [cidr]: 1 } },
      })
    }
    for (const node of ['node-1', 'node-2']) {
      const ipam = createIpam({ client: await cluster().agent(node), node, logger: silentLogger })
      expect(await ipam.releaseByHandle(`last.${node}`)).toBe(1)
    }
    const blocks = (await admin.list(resourceOf(IPAMBlock))).items.map(({ spec }) => spec.cidr)
    expect(blocks).not.toContain(cidr)
    const left = (await admin.list(resourceOf(IPAMHandle))).items.map(({ spec }) => spec.handleID)
    expect(left.filter((id) => id.startsWith('last.'))).toEqual([])
  })
}
