import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { daemonSets, IPPool, namespaces, networkPolicies, pods, resourceOf } from '@manx/api'
import { eventually, type Namespace, run } from '@manx/testbed'
import { installCni } from '../src/install/install-cni.ts'
import { clusterSkipReason, startTestCluster, type TestCluster } from './support/cluster.ts'

const reason = clusterSkipReason()
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(120_000)
const patience = { timeout: 40_000, interval: 200 }

suite(`policy on a node${reason === undefined ? '' : ` (${reason})`}`, () => {
  let cluster: TestCluster
  let api: TestCluster['api']
  let client: TestCluster['client']
  let node: TestCluster['node']
  const sandboxes = new Map<string, Namespace>()
  const addresses = new Map<string, string>()

  beforeAll(async () => {
    cluster = await startTestCluster()
    ;({ api, client, node } = cluster)
    await client.create(namespaces, { metadata: { name: 'manx-system' } })
    for (const folder of ['image', 'bin', 'calico']) mkdirSync(node.path(folder))
    writeFileSync(node.path('image', 'manx'), 'the pipe')
    installCni({ from: node.path('image'), to: node.path('bin'), updateAll: false })
    await node.startGobgpd()
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const start = (environment: Readonly<Record<string, string>> = {}) =>
    node.startAgent({
      POD_NAME: 'manx-node-1',
      MANX_DAEMONSET: 'manx-node',
      MANX_CNI_BIN_DIR: node.path('bin'),
      NODE_COMPILE_CACHE: node.path('state', 'compile-cache'),
      FELIX_ENDPOINTSTATUSPATHPREFIX: node.path('calico'),
      ...environment,
    })
  const ready = () => eventually(async () => expect((await node.status()).reasons).toEqual([]), patience)
  const connect = async (name: string, labels: Readonly<Record<string, string>>) => {
    await client.create(pods, {
      metadata: { name, namespace: 'default', labels },
      spec: { nodeName: 'node-1', containers: [{ name: 'a', image: 'none' }] },
    })
    const sandbox = await node.sandbox()
    sandboxes.set(name, sandbox)
    const { ips } = await node.cni('ADD', sandbox, name, `c-${name}`)
    addresses.set(name, ips[0]?.address.split('/')[0] ?? '')
  }
  const reaches = async (from: string, to: string) => {
    const { path = '' } = sandboxes.get(from) ?? {}
    return (await run('ping', ['-c1', '-W1', addresses.get(to) ?? ''], { namespace: path })).code === 0
  }
  const policy = (name: string, ingress: readonly object[]) =>
    client.create(networkPolicies, {
      metadata: { name, namespace: 'default' },
      spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress },
    } as never)
  const table = async () =>
    (await node.host.output('nft', ['list', 'table', 'inet', 'manx'])).replace(counters, 'counter')

  test('is in force before the first packet, and follows the labels of pods', async () => {
    await start()
    await ready()
    await policy('from-front', [{ from: [{ podSelector: { matchLabels: { role: 'front' } } }] }])
    await eventually(async () => expect((await node.status()).policy.policies).toBe(1), patience)
    await connect('web', { app: 'web' })
    await connect('front', { role: 'front' })
    await connect('other', {})
    expect(await reaches('front', 'web')).toBe(true)
    expect(await reaches('other', 'web')).toBe(false)
    expect(await reaches('web', 'other')).toBe(true)
    await client.patch(pods, 'default/other', { metadata: { labels: { role: 'front' } } })
    await eventually(async () => expect(await reaches('other', 'web')).toBe(true), patience)
    await client.patch(pods, 'default/other', { metadata: { labels: { role: null } } })
    await eventually(async () => expect(await reaches('other', 'web')).toBe(false), patience)
  })

  test('is told to those who ask', async () => {
    await client.create(resourceOf(IPPool), {
      metadata: { name: 'odd' },
      spec: { cidr: '10.7.0.0/16', nodeSelector: 'rack ===' },
    })
    await eventually(async () => {
      const status = await node.status()
      expect(status).toMatchObject({ policy: { policies: 1, activePolicies: 1, sets: expect.any(Number) } })
      expect(status.endpoints.map(({ pod, state, policies }) => [pod, state, policies])).toEqual([
        ['front', 'up', []],
        ['other', 'up', []],
        ['web', 'up', ['KubernetesNetworkPolicy/default/from-front']],
      ])
      expect(status.components.filter(({ live, ready }) => !live || !ready)).toEqual([])
      expect(status.findings).toEqual([expect.stringContaining('IPPool odd: spec.nodeSelector')])
    }, patience)
    await eventually(
      () => expect(readdirSync(node.path('calico', 'endpoint-status'))).toContain('k8s default%2Fweb eth0'),
      patience,
    )
    const metrics = await node.get(9091, '/metrics')
    for (const line of [
      'felix_active_local_endpoints 3',
      'felix_active_local_policies 1',
      'felix_cluster_num_policies 1',
      'felix_resync_state 3',
      'manx_rejected_objects{kind="IPPool"} 1',
      'manx_ipam_request_seconds_count{operation="assign",result="ok"} 3',
    ]) {
      expect(metrics.split('\n')).toContain(line)
    }
    expect(metrics).toMatch(/^manx_felix_event_to_kernel_seconds_count [1-9]/m)
    expect(metrics).toMatch(/^nodejs_eventloop_lag_seconds /m)
    expect(JSON.parse(await node.get(9099, '/liveness'))).toMatchObject({ reasons: [] })
    await client.delete(resourceOf(IPPool), 'odd')
  })

  test('stays as it is over a restart, also without the API server', async () => {
    const before = await table()
    await node.agent?.stop('SIGKILL')
    await start()
    await ready()
    expect(await table()).toBe(before)
    await api.kill()
    await node.agent?.stop('SIGKILL')
    await start()
    await eventually(async () => {
      const { components, datastore } = await node.status()
      expect(datastore.synced).toBe(false)
      expect(components.filter(({ name, ready }) => name.startsWith('felix') && !ready)).toEqual([])
    }, patience)
    expect(await table()).toBe(before)
    expect(await reaches('front', 'web')).toBe(true)
    expect(await reaches('other', 'web')).toBe(false)
    const late = await node.sandbox()
    await expect(node.cni('ADD', late, 'late', 'c-late')).rejects.toThrow('"code":11')
    await expect(node.cni('STATUS', late, 'late', 'c-late')).rejects.toThrow('"code":50')
    await api.start()
    await ready()
    expect(await table()).toBe(before)
  })

  test('is not open meanwhile when rules are gone and the API server is, too', async () => {
    await node.agent?.stop('SIGKILL')
    await api.kill()
    await node.host.output('nft', ['delete', 'table', 'inet', 'manx'])
    expect(await reaches('other', 'web')).toBe(true)
    // Closed without waiting for the API server.
    await start({ MANX_DATASTORE_WAIT: '3600' })
    await eventually(async () => expect(await reaches('other', 'web')).toBe(false), patience)
    expect(await reaches('front', 'web')).toBe(false)
    expect((await node.status()).datastore.synced).toBe(false)
    await api.start()
    await ready()
    expect(await reaches('front', 'web')).toBe(true)
    expect(await reaches('other', 'web')).toBe(false)
  })

  test('goes with Manx when its DaemonSet is deleted, and not when its pod is', async () => {
    await client.create(daemonSets, {
      metadata: { name: 'manx-node', namespace: 'manx-system' },
      spec: {
        selector: { matchLabels: { app: 'manx' } },
        template: { metadata: { labels: { app: 'manx' } }, spec: { containers: [{ name: 'a', image: 'none' }] } },
      },
    } as never)
    const says = (text: string) => eventually(() => expect(node.agent?.log()).toContain(text), patience)
    await says('Manx leaves this node when')
    await node.agent?.stop('SIGTERM', 25_000)
    expect(await node.agent?.exited).toBe(0)
    expect(await reaches('front', 'web')).toBe(true)
    expect(existsSync(node.path('10-manx.conflist'))).toBe(true)
    await node.gobgpd?.stop()
    await node.startGobgpd()
    await start()
    await ready()
    await says('Manx leaves this node when')
    await client.delete(daemonSets, 'manx-system/manx-node')
    await says('the DaemonSet was deleted')
    await node.agent?.stop('SIGTERM', 25_000)
    expect(await node.agent?.exited).toBe(0)
    expect(node.agent?.log()).toContain('Manx was removed from the node')
    expect(await node.host.output('ip', ['link'])).not.toContain('cali')
    expect(await node.host.output('ip', ['route'])).not.toContain('10.60.')
    expect(await node.host.output('ip', ['-6', 'route'])).not.toContain('fd60:')
    expect(await node.host.output('nft', ['list', 'ruleset'])).toBe('')
    expect(existsSync(node.path('10-manx.conflist'))).toBe(false)
    expect([readdirSync(node.path('bin')), readdirSync(node.path('calico'))]).toEqual([[], []])
    expect([existsSync(node.path('run')), existsSync(node.path('state'))]).toEqual([false, false])
    rmSync(node.path('image'), { recursive: true })
  })
})

const counters = /counter packets \d+ bytes \d+/g
