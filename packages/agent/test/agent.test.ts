import { existsSync, statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  BGPConfiguration,
  ClusterInformation,
  FelixConfiguration,
  IPAMBlock,
  IPAMConfiguration,
  IPPool,
  namespaces,
  nodes,
  pods,
  resourceOf,
} from '@manx/api'
import { eventually, type Namespace, output } from '@manx/testbed'
import { clusterSkipReason, startTestCluster, type TestCluster } from './support/cluster.ts'

const reason = clusterSkipReason()
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(120_000)
const patience = { timeout: 40_000, interval: 200 }

suite(`the agent${reason === undefined ? '' : ` (${reason})`}`, () => {
  let cluster: TestCluster
  let api: TestCluster['api']
  let client: TestCluster['client']
  let node: TestCluster['node']
  let web: Namespace
  let addresses: readonly string[] = []

  beforeAll(async () => {
    cluster = await startTestCluster()
    ;({ api, client, node } = cluster)
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const pings = async () => {
    const [v4 = '', v6 = ''] = addresses
    await node.host.output('ping', ['-c1', '-W2', v4])
    await node.host.output('ping', ['-c1', '-W2', v6])
    await web.output('ping', ['-c1', '-W2', '10.50.0.1'])
    await web.output('ping', ['-c1', '-W2', 'fd50::1'])
  }
  const readyAgain = () =>
    eventually(async () => expect((await node.status()).reasons).toEqual([]), patience).catch((error) => {
      throw new Error(`${error}\n${node.agent?.log()}`)
    })
  const createPod = (name: string) =>
    client.create(pods, {
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'node-1', containers: [{ name: 'a', image: 'none' }] },
    })

  test('makes the node known, the cluster complete, and lets pods come', async () => {
    await node.startGobgpd()
    await node.startAgent({ AS: '64999', AUTODETECT_POLL_INTERVAL: '1s' })
    await readyAgain()
    const { metadata } = await client.get(nodes, 'node-1')
    expect(metadata.annotations).toMatchObject({
      'projectcalico.org/IPv4Address': '10.50.0.1/24',
      'projectcalico.org/IPv6Address': 'fd50::1/64',
      'projectcalico.org/ASNumber': '64999',
    })
    await eventually(async () =>
      expect((await client.get(nodes, 'node-1')).status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'NetworkUnavailable', status: 'False', reason: 'ManxIsUp' }),
      ),
    )
    const pools = (await client.list(resourceOf(IPPool))).items.map(({ metadata: { name }, spec }) => [name, spec])
    expect(Object.fromEntries(pools)).toMatchObject({
      'default-ipv4-ippool': { cidr: '10.60.0.0/16', natOutgoing: true },
      'default-ipv6-ippool': { cidr: 'fd60::/48', natOutgoing: false },
    })
    for (const kind of [FelixConfiguration, BGPConfiguration, IPAMConfiguration]) {
      expect((await client.get(resourceOf(kind), 'default')).metadata.name).toBe('default')
    }
    const { spec } = await client.get(resourceOf(ClusterInformation), 'default')
    expect(spec).toMatchObject({ clusterGUID: expect.stringMatching(/^[0-9a-f]{32}$/), datastoreReady: true })
    expect(statSync(node.path('10-manx.conflist')).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await node.get(9099, '/readiness'))).toMatchObject({ reasons: [] })
    expect(await node.get(9091, '/metrics')).toMatch(/^manx_agent_ready 1$/m)
  })

  test('keeps the node known, and says what is in the way', async () => {
    const condition = { type: 'NetworkUnavailable', status: 'True', reason: 'Test' }
    await client.patchStatus(nodes, 'node-1', { status: { conditions: [condition] } }, { type: 'strategic' })
    const twin = { 'projectcalico.org/IPv4Address': '10.50.0.1/24' }
    await client.create(nodes, { metadata: { name: 'twin', annotations: twin } })
    await eventually(() => expect(node.agent?.log()).toContain('Node twin has an address of this node'), patience)
    await client.delete(nodes, 'twin')
    await eventually(
      async () =>
        expect((await client.get(nodes, 'node-1')).status?.conditions).toContainEqual(
          expect.objectContaining({ type: 'NetworkUnavailable', status: 'False', reason: 'ManxIsUp' }),
        ),
      patience,
    )
  })

  test('connects a pod before the watch has seen it', async () => {
    await createPod('web')
    web = await node.sandbox()
    const { ips } = await node.cni('ADD', web, 'web', 'c1')
    addresses = ips.map(({ address }) => address.split('/')[0] ?? '')
    expect(addresses).toEqual([expect.stringMatching(/^10\.60\./), expect.stringMatching(/^fd60:/)])
    await pings()
    await eventually(async () =>
      expect((await client.get(pods, 'default/web')).metadata.annotations).toMatchObject({
        'cni.projectcalico.org/podIP': `${addresses[0]}/32`,
        'cni.projectcalico.org/podIPs': `${addresses[0]}/32,${addresses[1]}/128`,
        'cni.projectcalico.org/containerID': 'c1',
      }),
    )
    const blocks = (await client.list(resourceOf(IPAMBlock))).items
    expect(blocks.map(({ spec }) => spec.affinity)).toEqual(['host:node-1', 'host:node-1'])
    expect(JSON.stringify(blocks)).toContain('k8s-pod-network.c1')
    const status = await node.status()
    expect(status).toMatchObject({ ready: true, cni: { attachments: 1 }, addresses: { v4: '10.50.0.1/24' } })
    await eventually(async () => {
      const { bgpRunning, asNumber, peers, bgp } = await node.status()
      expect({ bgpRunning, asNumber, peers }).toEqual({ bgpRunning: true, asNumber: 64_999, peers: [] })
      expect(bgp.announced).toHaveLength(2)
    }, patience)
  })

  test('is killed and comes back, and the pod does not notice', async () => {
    const before = await client.list(resourceOf(IPAMBlock))
    const rules = await node.host.output('nft', ['list', 'ruleset'])
    const [v4 = ''] = addresses
    const pinging = node.host.output('ping', ['-i', '0.02', '-c', '200', '-W1', v4])
    await node.agent?.stop('SIGKILL')
    await pings()
    await node.startAgent()
    await readyAgain()
    expect(await pinging).toContain(' 0% packet loss')
    await pings()
    expect((await node.status()).felix.endpoints).toBe(1)
    expect(withoutCounters(await node.host.output('nft', ['list', 'ruleset']))).toBe(withoutCounters(rules))
    expect((await client.list(resourceOf(IPAMBlock))).items.map(({ spec }) => spec.cidr)).toEqual(
      before.items.map(({ spec }) => spec.cidr),
    )
    // An AS number that was written once stays when the environment has none.
    expect((await client.get(nodes, 'node-1')).metadata.annotations).toMatchObject({
      'projectcalico.org/ASNumber': '64999',
    })
  })

  test('comes up although the interface of a pod is gone', async () => {
    await createPod('lost')
    const lost = await node.sandbox()
    await node.cni('ADD', lost, 'lost', 'c0')
    await node.agent?.stop('SIGKILL')
    await lost.output('ip', ['link', 'delete', 'eth0'])
    await node.startAgent()
    await readyAgain()
    await pings()
    await node.cni('DEL', lost, 'lost', 'c0')
    expect((await node.status()).cni.attachments).toBe(1)
  })

  test('leaves BGP alone on SIGTERM while its own pod stays', async () => {
    await client.create(namespaces, { metadata: { name: 'manx-system' } })
    await client.create(pods, {
      metadata: { name: 'manx-node-1', namespace: 'manx-system' },
      spec: { nodeName: 'node-1', containers: [{ name: 'agent', image: 'none' }] },
    })
    await node.agent?.stop('SIGKILL')
    await node.startAgent({ POD_NAME: 'manx-node-1' })
    await readyAgain()
    await node.agent?.stop('SIGTERM', 20_000)
    expect(await node.agent?.exited).toBe(0)
    const gobgp = (verb: string) =>
      output(`${process.env.MANX_COMPONENTS}/gobgp`, ['--target', `unix://${node.path('gobgpd.sock')}`, verb])
    expect(await gobgp('global')).toContain('64999')
    await node.startAgent()
    await readyAgain()
  })

  test('ends on SIGTERM with BGP stopped gracefully and the kernel as it is', async () => {
    await node.agent?.stop('SIGTERM', 20_000)
    expect(await node.agent?.exited).toBe(0)
    expect(existsSync(node.path('run', 'cni', 'cni.sock'))).toBe(false)
    expect(existsSync(node.path('10-manx.conflist'))).toBe(true)
    await pings()
    await node.gobgpd?.stop()
  })

  test('routes without the API server after a restart, and goes on when it is back', async () => {
    await api.kill()
    await node.startGobgpd()
    await node.startAgent()
    await eventually(async () => {
      const status = await node.status()
      expect(status.datastore.synced).toBe(false)
      expect(status.bgp.plan).toBe('last known good')
      expect(status.components.filter(({ name, ready }) => name.startsWith('felix') && !ready)).toEqual([])
    }, patience)
    await pings()
    const other = await node.sandbox()
    await expect(node.cni('ADD', other, 'late', 'c2')).rejects.toThrow('"code":11')
    await api.start()
    await readyAgain()
    await pings()
    await createPod('late')
    await node.cni('ADD', other, 'late', 'c2')
    await node.cni('DEL', other, 'late', 'c2')
  })

  test('disconnects the pod and leaves nothing', async () => {
    await node.cni('DEL', web, 'web', 'c1')
    expect(await node.host.output('ip', ['link'])).not.toContain('cali')
    expect(await node.host.output('ip', ['route'])).not.toContain(`${addresses[0]} `)
    await eventually(async () => {
      const blocks = JSON.stringify((await client.list(resourceOf(IPAMBlock))).items)
      expect(blocks).not.toContain('k8s-pod-network.')
    }, patience)
    await eventually(async () =>
      expect((await client.get(pods, 'default/web')).metadata.annotations?.['cni.projectcalico.org/podIP']).toBe(''),
    )
    expect((await node.status()).cni.attachments).toBe(0)
  })

  test('refuses a second agent on the node, and an environment that is wrong', async () => {
    const second = await node.launch({ FELIX_HEALTHPORT: '9199', FELIX_PROMETHEUSMETRICSENABLED: 'false' })
    expect(await second.exited).toBe(1)
    expect(second.log()).toContain('is served by another process')
    expect((await node.status()).ready).toBe(true)
    const wrong = await node.launch({ IP: 'nowhere' })
    expect(await wrong.exited).toBe(2)
    expect(wrong.log()).toContain('IP=nowhere: must be autodetect, none or an IPv4 address')
  })
})

function withoutCounters(rules: string): string {
  return rules.replace(/counter packets \d+ bytes \d+/g, 'counter')
}
