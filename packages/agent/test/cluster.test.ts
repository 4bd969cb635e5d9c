import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  BGPConfiguration,
  BGPPeer,
  createStore,
  daemonSets,
  events,
  IPPool,
  type KubernetesClient,
  namespaces,
  networkPolicies,
  pods,
  resourceOf,
  serviceAccounts,
  silentLogger,
  type WorkloadEndpoint,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import type { NamespaceFacts } from '../src/inputs/facts.ts'
import { createInformers } from '../src/inputs/informers.ts'
import type { KnownBgp } from '../src/inputs/last-known-good.ts'
import { createPodPort } from '../src/pods/pod-port.ts'
import { Rejections } from '../src/rejections/rejections.ts'
import { writeEvents } from '../src/rejections/write-events.ts'
import { followDeployment } from '../src/uninstall/follow-deployment.ts'
import { breakableClient } from './support/breakable-client.ts'

const reason = apiServerSkipReason()
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(60_000)

suite(`on a real API server${reason === undefined ? '' : ` (${reason})`} the agent`, () => {
  let api: ApiServer
  let client: KubernetesClient
  let end: AbortController
  beforeAll(async () => {
    api = await startApiServer()
    client = await api.client()
    await installKinds(client)
    await client.create(namespaces, { metadata: { name: 'shop', labels: { team: 'a' } } })
    await client.create(serviceAccounts, { metadata: { name: 'web', namespace: 'shop', labels: { role: 'front' } } })
  })
  afterAll(async () => {
    await client?.close()
    await api?.stop()
  })
  beforeEach(() => {
    end = new AbortController()
  })
  afterEach(() => stop())

  const ends: Promise<unknown>[] = []
  const stop = async () => {
    end.abort()
    await Promise.all(ends.splice(0))
  }

  const running = (through = client, before?: KnownBgp) => {
    const rejections = new Rejections()
    const informers = createInformers({ client: through, node: 'node-1', logger: silentLogger, rejections, before })
    for (const informer of Object.values(informers)) ends.push(informer.run(end.signal))
    return {
      rejections,
      informers,
      synced: () => Promise.all(Object.values(informers).map((each) => each.synced)),
    }
  }
  const createPod = (name: string, spec: object = {}) =>
    client.create(pods, {
      metadata: { name, namespace: 'shop', labels: { app: name } },
      spec: { nodeName: 'node-1', serviceAccountName: 'web', containers: [{ name: 'a', image: 'none' }], ...spec },
    })

  test('starts no pod while a policy may have been missed, and knows it when the pod may start', async () => {
    const breakable = breakableClient(client, networkPolicies)
    const { informers, synced } = running(breakable.client)
    await synced()
    const port = createPodPort({
      client,
      node: 'node-1',
      informers,
      felix: { setNamespace: () => {}, setServiceAccount: () => {} },
    })
    await createPod('careful')
    const find = (signal: AbortSignal) => port.find({ namespace: 'shop', name: 'careful', uid: undefined }, signal)
    expect(await find(end.signal)).toMatchObject({ uid: expect.any(String) })
    breakable.break()
    await eventually(() => expect(informers.networkPolicies.behindSince).toBeDefined())
    await client.create(networkPolicies, { metadata: { namespace: 'shop', name: 'closed' }, spec: { podSelector: {} } })
    await expect(find(AbortSignal.timeout(500))).rejects.toMatchObject({
      code: 'tryAgainLater',
      details: expect.stringContaining('cannot follow networkpolicies.networking.k8s.io'),
    })
    const waiting = find(end.signal)
    breakable.mend()
    await waiting
    expect(informers.networkPolicies.store.has('shop/closed')).toBe(true)
    await client.delete(pods, 'shop/careful', { gracePeriodSeconds: 0 })
    await client.delete(networkPolicies, 'shop/closed')
  })

  test('watches the pods that policy is about, on whatever node', async () => {
    await createPod('here')
    await createPod('there', { nodeName: 'node-2' })
    await createPod('host', { hostNetwork: true })
    await createPod('ended')
    await client.patchStatus(pods, 'shop/ended', { status: { phase: 'Succeeded' } })
    const { informers, synced } = running()
    await synced()
    expect(new Set([...informers.pods.store.entries()].map(([key]) => key))).toEqual(
      new Set(['shop/here', 'shop/there']),
    )
    await client.patchStatus(pods, 'shop/there', { status: { phase: 'Failed' } })
    await eventually(() => expect(informers.pods.store.has('shop/there')).toBe(false))
  })

  test('reads a pod live that the watch shows as another one, with all that lends it labels', async () => {
    const { informers, synced } = running()
    await synced()
    await stop()
    const told: unknown[] = []
    const felix = {
      setNamespace: (name: string, labels: unknown) => void told.push([name, labels]),
      setServiceAccount: (name: string, labels: unknown) => void told.push([name, labels]),
    }
    const port = createPodPort({ client, node: 'node-1', informers, felix })
    const find = (name: string, uid?: string) =>
      port.find({ namespace: 'shop', name, uid }, AbortSignal.timeout(10_000))
    const old = informers.pods.store.get('shop/here')
    expect(await find('here', old?.uid)).toEqual({
      uid: old?.uid,
      annotations: {},
      namespaceAnnotations: {},
      namespaceLabels: expect.objectContaining({ team: 'a' }),
    })
    await client.delete(pods, 'shop/here', { gracePeriodSeconds: 0 })
    const anew = await createPod('here')
    const found = await find('here', anew.metadata.uid)
    expect(found?.live).toMatchObject({ uid: anew.metadata.uid, labels: { app: 'here' }, serviceAccount: 'web' })
    expect(told).toEqual([])
    // What the watch has not seen either is read and told.
    await client.create(namespaces, { metadata: { name: 'late', labels: { team: 'b' } } })
    await client.create(serviceAccounts, { metadata: { name: 'late', namespace: 'late' } })
    await client.create(pods, {
      metadata: { name: 'p', namespace: 'late' },
      spec: { nodeName: 'node-1', serviceAccountName: 'late', containers: [{ name: 'a', image: 'none' }] },
    })
    await port.find({ namespace: 'late', name: 'p', uid: undefined }, AbortSignal.timeout(10_000))
    expect(told).toContainEqual(['late', expect.objectContaining({ team: 'b' })])
    expect(told).toContainEqual(['late/late', {}])
    expect(await find('nobody')).toBeUndefined()
  })

  test('takes back what it wrote of a sandbox, and nothing of a newer one that comes between', async () => {
    await createPod('again')
    const written = async () => (await client.get(pods, 'shop/again')).metadata.annotations
    const annotations = (ip: string, containerId: string) => ({
      'cni.projectcalico.org/podIP': ip,
      'cni.projectcalico.org/podIPs': ip,
      'cni.projectcalico.org/containerID': containerId,
    })
    const endpoint = (containerId: string): WorkloadEndpoint => ({
      namespace: 'shop',
      pod: 'again',
      node: 'node-1',
      containerId,
      interfaceName: 'cali1',
      podInterface: 'eth0',
      addresses: [],
    })
    const { informers } = running()
    let between: () => Promise<unknown> = async () => undefined
    const slow = breakableClient(client, networkPolicies).client
    const port = createPodPort({
      client: {
        ...slow,
        get: async (...args) => {
          const found = await client.get(...args)
          await between()
          return found
        },
      },
      node: 'node-1',
      informers,
      felix: { setNamespace: () => {}, setServiceAccount: () => {} },
    })
    await port.annotate(endpoint('c1'), ['10.0.0.1'], end.signal)
    expect(await written()).toEqual(annotations('10.0.0.1/32', 'c1'))
    // Somebody else writes the pod meanwhile, once.
    between = async () => {
      between = async () => undefined
      await client.patchStatus(pods, 'shop/again', { status: { phase: 'Running' } })
    }
    await port.annotate(endpoint('c1'), [], end.signal)
    expect(await written()).toEqual(annotations('', 'c1'))
    await port.annotate(endpoint('c1'), ['10.0.0.1'], end.signal)
    between = () => port.annotate(endpoint('c2'), ['10.0.0.2'], end.signal)
    await port.annotate(endpoint('c1'), [], end.signal)
    expect(await written()).toEqual(annotations('10.0.0.2/32', 'c2'))
    await client.delete(pods, 'shop/again', { gracePeriodSeconds: 0 })
  })

  test('warns of an object that got past admission, once, however many nodes do', async () => {
    await client.create(resourceOf(IPPool), {
      metadata: { name: 'odd' },
      spec: { cidr: '10.0.0.0/16', nodeSelector: 'rack ===' },
    })
    const { rejections, synced } = running()
    await synced()
    expect(rejections.list()).toMatchObject([{ kind: 'IPPool', name: 'odd' }])
    const options = { client, rejections, logger: silentLogger, interval: 20 }
    for (const node of ['node-1', 'node-2']) ends.push(writeEvents({ ...options, node }, end.signal))
    const warnings = async () => (await client.list(events)).items
    await eventually(async () =>
      expect(await warnings()).toMatchObject([
        {
          reason: 'InvalidConfiguration',
          type: 'Warning',
          note: expect.stringContaining('spec.nodeSelector'),
          regarding: { kind: 'IPPool', name: 'odd' },
        },
      ]),
    )
    await stop()
    expect(await warnings()).toHaveLength(1)
  })

  test('goes on with the last valid field of a pool that got past admission', async () => {
    const pools = resourceOf(IPPool)
    const kept = { cidr: '10.8.0.0/16', nodeSelector: 'rack == "a"' }
    await client.create(pools, { metadata: { name: 'kept' }, spec: kept })
    const { rejections, informers, synced } = running()
    await synced()
    expect(informers.ipPools.store.get('kept')?.spec).toMatchObject({ ...kept, disabled: false })
    await client.patch(pools, 'kept', { spec: { nodeSelector: 'rack ===', disabled: true } })
    await eventually(() => expect(informers.ipPools.store.get('kept')?.spec).toMatchObject({ ...kept, disabled: true }))
    expect(rejections.list()).toContainEqual(
      expect.objectContaining({ kind: 'IPPool', name: 'kept', message: expect.stringContaining('spec.nodeSelector') }),
    )
    await client.delete(pools, 'kept')
    await eventually(() => expect(informers.ipPools.store.has('kept')).toBe(false))
  })

  test('goes on with its AS number and its sessions when the API server takes a typo', async () => {
    const configurations = resourceOf(BGPConfiguration)
    const peers = resourceOf(BGPPeer)
    const advertise = (community: string) => [{ cidr: '10.0.0.0/8', communities: [community] }]
    const own = {
      asNumber: 65001,
      nodeToNodeMeshEnabled: false,
      communities: [{ name: 'bgp-large', value: '64512:1:1' }],
      prefixAdvertisements: advertise('bgp-large'),
    }
    const peer = { nodeSelector: "rack == '1'", peerIP: '192.0.2.1', asNumber: 65000 }
    await client.create(configurations, { metadata: { name: 'default' }, spec: own })
    await client.create(peers, { metadata: { name: 'tor' }, spec: peer })
    const first = running()
    await first.synced()
    const peerBefore = first.informers.bgpPeers.store.get('tor')
    await client.patch(configurations, 'default', { spec: { prefixAdvertisements: advertise('bgp-larg') } })
    await client.patch(peers, 'tor', { spec: { nodeSelector: "rack == '1' && " } })
    const named = (kind: string, field: string) =>
      expect.objectContaining({ kind, message: expect.stringContaining(`spec.${field}`) })
    const problems = [named('BGPConfiguration', 'prefixAdvertisements'), named('BGPPeer', 'nodeSelector')]
    await eventually(() => expect(first.rejections.list()).toEqual(expect.arrayContaining(problems)))
    expect(first.informers.bgpConfigurations.store.get('default')?.spec).toMatchObject(own)
    expect(first.informers.bgpPeers.store.get('tor')?.spec).toEqual(peerBefore?.spec)
    await stop()
    end = new AbortController()
    // So it does when it is started again, with what was in force then.
    const stored = (name: 'bgpConfigurations' | 'bgpPeers') => [...first.informers[name].store.list()]
    const before = { bgpConfigurations: stored('bgpConfigurations'), bgpPeers: stored('bgpPeers') } as KnownBgp
    const again = running(client, before)
    await again.synced()
    expect(again.informers.bgpConfigurations.store.get('default')?.spec).toMatchObject(own)
    expect(again.informers.bgpPeers.store.get('tor')?.spec).toEqual(peerBefore?.spec)
    await stop()
    end = new AbortController()
    // An agent that never saw them right has what no session depends on left out, and a peer that could be anybody's.
    const second = running()
    await second.synced()
    const { communities, prefixAdvertisements, ...rest } = own
    const { spec } = second.informers.bgpConfigurations.store.get('default') ?? {}
    expect(spec).toMatchObject(rest)
    expect(spec).not.toHaveProperty('prefixAdvertisements')
    expect(second.informers.bgpPeers.store.has('tor')).toBe(false)
    expect(second.rejections.list()).toEqual(expect.arrayContaining(problems))
    await client.delete(configurations, 'default')
    await client.delete(peers, 'tor')
  })

  describe('follows its DaemonSet, and', () => {
    const template = {
      selector: { matchLabels: { app: 'manx' } },
      template: { metadata: { labels: { app: 'manx' } }, spec: { containers: [{ name: 'a', image: 'none' }] } },
    }
    const create = () =>
      client.create(daemonSets, { metadata: { name: 'manx-node', namespace: 'shop' }, spec: template } as never)
    const follow = () => {
      const store = createStore<NamespaceFacts>()
      const options = { client, namespace: 'shop', daemonSet: 'manx-node', namespaces: store, logger: silentLogger }
      const deployment = followDeployment(options)
      ends.push(deployment.run(end.signal))
      return { deployment, store }
    }

    test('knows that it was deleted, and that there is one again', async () => {
      await create()
      const { deployment } = follow()
      await eventually(() => expect(deployment.isSeen()).toBe(true))
      await client.patch(daemonSets, 'shop/manx-node', { metadata: { labels: { version: '2' } } })
      expect(deployment.isRemoved()).toBe(false)
      await client.delete(daemonSets, 'shop/manx-node')
      await eventually(() => expect(deployment.isRemoved()).toBe(true))
      await create()
      await eventually(() => expect(deployment.isRemoved()).toBe(false))
      // Waits for its pods, for ever here, where nobody collects them.
      await client.delete(daemonSets, 'shop/manx-node', { propagationPolicy: 'Foreground' })
      await eventually(() => expect(deployment.isRemoved()).toBe(true))
      await client.patch(daemonSets, 'shop/manx-node', { metadata: { finalizers: null } })
      await eventually(() => expect(deployment.isSeen()).toBe(false))
    })

    test('takes no absence, refusal or silence for a deletion', async () => {
      const { deployment } = follow()
      await create()
      await eventually(() => expect(deployment.isSeen()).toBe(true))
      await api.kill()
      expect(deployment.isRemoved()).toBe(false)
      await api.start()
      expect(deployment.isRemoved()).toBe(false)
    })

    test('knows that its namespace is being deleted', async () => {
      const { deployment, store } = follow()
      const facts = { labels: {}, annotations: {}, terminating: false }
      store.set('other', { ...facts, terminating: true })
      store.set('shop', facts)
      expect(deployment.isRemoved()).toBe(false)
      store.set('shop', { ...facts, terminating: true })
      await deployment.namespaceEnds
      store.delete('shop')
      expect(deployment.isRemoved()).toBe(true)
    })
  })
})
