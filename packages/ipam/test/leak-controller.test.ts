import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { IPAMBlock, IPAMHandle, KubeControllersConfiguration, nodes, pods, resourceOf, silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import { createIpamInformers } from '../src/controller/informers.ts'
import { createLeakController } from '../src/controller/leak-controller.ts'
import { leakSettings } from '../src/controller/leak-settings.ts'
import type { Report } from '../src/controller/report.ts'
import { acceptAnything } from './support/accept-anything.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { holders, inconsistencies } from './support/consistency.ts'

const reason = apiServerSkipReason()

;(reason === undefined ? describe : describe.skip)(
  `addresses without a pod${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster
    beforeAll(async () => {
      cluster = await startCluster()
    }, 90_000)
    afterAll(async () => cluster[Symbol.asyncDispose]())

    test('are given back after the time of grace, and no others', async () => {
      const { client } = cluster
      const setReady = (node: string, status: string) =>
        client.patchStatus(nodes, node, {
          status: { conditions: [{ type: 'Ready', status, reason: 'x', message: '' }] },
        })
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      for (const node of ['up', 'down']) await cluster.addNode(node)
      await setReady('up', 'True')
      await setReady('down', 'Unknown')
      const addPod = (name: string, nodeName: string) =>
        client.create(pods, {
          metadata: { name, namespace: 'default' },
          spec: { nodeName, containers: [{ name: 'c', image: 'none' }] },
        })
      const assign = async (handle: string, node: string, pod: string) => {
        const attributes = { node, namespace: 'default', pod }
        const ipam = await cluster.ipam(node)
        return (await ipam.assign({ handle, attributes, families: { v4: true, v6: false } }))[0]?.address ?? ''
      }
      await addPod('runs', 'up')
      await addPod('new', 'up')
      const ip = await assign('runs', 'up', 'runs')
      await client.patchStatus(pods, 'default/runs', { status: { podIP: ip, podIPs: [{ ip }] } })
      await assign('new', 'up', 'new')
      // Of another network, which the pod does not say.
      await assign('net2.c2', 'up', 'runs')
      await client.patchStatus(pods, 'default/runs', {
        metadata: { annotations: { 'cni.projectcalico.org/containerID': 'c2' } },
      })
      await assign('gone', 'up', 'gone')
      await assign('former', 'up', 'runs')
      await assign('unknown', 'down', 'gone')
      // A tunnel's, for example: of no pod.
      await (await cluster.ipam('up')).assign({
        handle: 'tunnel',
        attributes: { node: 'up', type: 'tunnel' },
        families: { v4: true, v6: false },
      })

      let later = 0
      const reports: Report[] = []
      const abort = new AbortController()
      const informers = createIpamInformers(client, silentLogger)
      const controller = createLeakController({
        client,
        informers,
        logger: silentLogger,
        report: (one) => reports.push(one),
        now: () => performance.now() + later,
      })
      const running = [...Object.values(informers), controller].map((one) => one.run(abort.signal))
      const held = async () =>
        [...holders(await cluster.all(IPAMBlock)).values()].toSorted((a, b) => a.localeCompare(b))
      await eventually(() => expect(controller.candidates()).toEqual([{ pool: 'v4', node: 'up', count: 2 }]))
      controller.refresh()
      expect(await held()).toEqual(['former', 'gone', 'net2.c2', 'new', 'runs', 'tunnel', 'unknown'])

      later = 16 * 60_000
      controller.refresh()
      await eventually(async () => expect(await held()).toEqual(['net2.c2', 'new', 'runs', 'tunnel', 'unknown']))
      await eventually(() => expect(controller.reclaimed()).toEqual([{ pool: 'v4', node: 'up', count: 2 }]))
      expect(inconsistencies(await cluster.all(IPAMBlock), await cluster.all(IPAMHandle), { exact: true })).toEqual([])
      expect(reports).toMatchObject([
        {
          kind: 'Node',
          name: 'up',
          type: 'Warning',
          reason: 'LeakedAddresses',
          note: expect.stringContaining('default/gone'),
        },
      ])

      // Its kubelet is back, and has ended what it ran. What users set counts from now on.
      await client.create(resourceOf(KubeControllersConfiguration), {
        metadata: { name: 'default' },
        spec: { controllers: { node: { leakGracePeriod: '1s' } } },
      })
      await setReady('down', 'True')
      await eventually(async () => expect(await held()).toEqual(['net2.c2', 'new', 'runs', 'tunnel']))
      await eventually(() => expect(controller.reclaimed().length).toBe(2))
      // Counts of nodes that are gone go, too.
      await client.delete(nodes, 'up')
      await eventually(() => expect(controller.reclaimed()).toEqual([{ pool: 'v4', node: 'down', count: 1 }]))
      abort.abort()
      await Promise.all(running)
    }, 60_000)

    test('are not looked for while nobody can read whether they are to be', async () => {
      const { client } = cluster
      const kind = resourceOf(KubeControllersConfiguration)
      await client.delete(kind, 'default')
      await acceptAnything(client, kind)
      const { kubeControllers } = createIpamInformers(client, silentLogger)
      const settings = () =>
        leakSettings(kubeControllers.store.get('default'), kubeControllers.malformed.has('default'))
      const abort = new AbortController()
      const running = kubeControllers.run(abort.signal)
      await kubeControllers.synced
      const wrong = { spec: { controllers: { node: { leakGracePeriod: 'never' } } } }
      await eventually(() => client.create(kind, { metadata: { name: 'default' }, ...wrong }), { timeout: 30_000 })
      await eventually(() => expect(settings().grace).toBe(0))
      const put = async (spec: object) => client.patch(kind, 'default', { spec })
      await put({ controllers: { node: { leakGracePeriod: '1m' } } })
      await eventually(() => expect(settings().grace).toBe(60_000))
      // The last one that could be read counts on.
      await put(wrong.spec)
      await eventually(() => expect(kubeControllers.malformed.size).toBe(1))
      expect(settings().grace).toBe(60_000)
      await client.delete(kind, 'default')
      await eventually(() => expect(kubeControllers.malformed.size).toBe(0))
      await eventually(() => expect(settings().grace).toBe(900_000))
      abort.abort()
      await running
    }, 60_000)
  },
)
