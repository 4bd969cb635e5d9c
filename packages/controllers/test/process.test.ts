import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  IPAMBlock,
  IPPool,
  ignoreNotFound,
  KubeControllersConfiguration,
  type KubernetesClient,
  leases,
  nodes,
  resourceOf,
  Tier,
} from '@manx/api'
import { eventually as repeat } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import { type Bundle, bundleControllers, type ControllersProcess, freePort } from './support/bundle.ts'
import { probeCommands } from './support/probe-commands.ts'
import { startRecordingProxy } from './support/recording-proxy.ts'

const reason = apiServerSkipReason()
/** Processes and an API server that start side by side need their time on a busy machine. */
const eventually = <T>(assertion: () => T | Promise<T>, { timeout = 30_000 } = {}) => repeat(assertion, { timeout })

;(reason === undefined ? describe : describe.skip)(
  `the bundled process${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let server: ApiServer
    let client: KubernetesClient
    let bundle: Bundle
    beforeAll(async () => {
      bundle = await bundleControllers()
      server = await startApiServer()
      client = await server.client()
      await installKinds(client)
      await client.create(resourceOf(IPPool), { metadata: { name: 'v4' }, spec: { cidr: '10.0.0.0/16' } })
    }, 120_000)
    afterEach(async () => {
      await bundle.stopAll()
      await ignoreNotFound(client.delete(leases, { namespace: 'default', name: 'manx-controllers' }))
    })
    afterAll(async () => {
      await client.close()
      await server.stop()
      await bundle.remove()
    })

    const start = (name: string, environment: Readonly<Record<string, string>> = {}, kubeconfig = server.kubeconfig) =>
      bundle.start({ name, kubeconfig, environment })
    const holder = async () => {
      const lease = await client.get(leases, { namespace: 'default', name: 'manx-controllers' })
      return lease.spec?.holderIdentity
    }
    const owners = async () => (await client.list(resourceOf(IPAMBlock))).items.map(({ spec }) => spec.affinity)
    const addNode = (name: string) => client.create(nodes, { metadata: { name } })
    const leads = (one: ControllersProcess, timeout = 40_000) =>
      eventually(async () => expect(await one.readiness()).toContain('leads'), { timeout })

    test('leads, gives nodes their blocks, and hands over when it is told to end', async () => {
      const first = await start('first')
      await eventually(async () => expect(await holder()).toBe('first'))
      await addNode('n1')
      await eventually(async () => expect(await owners()).toEqual(['host:n1']))
      // A lease so long that only being told lets the next one lead while this test waits.
      const second = await start('second', { MANX_LEASE_SECONDS: '300' })
      expect(await second.readiness()).toContain('waits for the leader')
      expect(await second.liveness()).toBe(200)
      expect(await second.metrics()).not.toContain('ipam_blocks{')

      await first.daemon.stop('SIGTERM', 10_000)
      expect(await first.daemon.exited).toBe(0)
      await eventually(async () => expect(await holder()).toBe('second'))
      await addNode('n2')
      await eventually(async () => expect(new Set(await owners())).toEqual(new Set(['host:n1', 'host:n2'])))
      await eventually(async () => {
        const metrics = await second.metrics()
        expect(metrics).toContain('ipam_blocks{ippool="v4",node="n2"} 1')
        expect(metrics).toContain('ipam_ippool_size{ippool="v4"} 65536')
        expect(metrics).toContain('leader_election_master_status{name="manx-controllers"} 1')
        expect(metrics).toMatch(/controller_runtime_reconcile_total\{controller="ipam-nodes",result="success"\} [1-9]/)
        expect(metrics).toMatch(/controller_runtime_reconcile_time_seconds_count\{controller="tiers"\} [1-9]/)
        expect(metrics).toContain('workqueue_depth{name="ippools"} 0')
      })
      for (const line of second.daemon.log().trim().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({ process: 'manx-controllers', identity: 'second' })
      }
      // What else a leader does: built-in tiers, and pools that stay while they are in use.
      await eventually(async () => {
        const { items } = await client.list(resourceOf(Tier))
        const tiers = new Map(items.map(({ metadata, spec }) => [metadata.name, `${spec.order} ${spec.defaultAction}`]))
        expect(Object.fromEntries(tiers)).toEqual({
          default: '1000000 Deny',
          'kube-admin': '1000 Pass',
          'kube-baseline': '10000000 Pass',
        })
        const pool = await client.get(resourceOf(IPPool), 'v4')
        expect(pool.metadata.finalizers).toEqual(['projectcalico.org/ippool-finalizer'])
      })
    }, 120_000)

    test('a leader that was halted writes nothing when it wakes up', async () => {
      await using proxy = await startRecordingProxy(server)
      const halted = await start('halted', { MANX_LEASE_SECONDS: '3' }, proxy.kubeconfig)
      await leads(halted)
      await eventually(() => expect(proxy.writes.length).toBeGreaterThan(1))
      const next = await start('next', { MANX_LEASE_SECONDS: '30' })
      process.kill(halted.daemon.pid, 'SIGSTOP')
      // As when the event loop is stuck: nobody answers kubelet.
      await expect(halted.liveness(AbortSignal.timeout(1000))).rejects.toThrow()
      await leads(next)
      await addNode('while-halted')
      await eventually(async () => expect(await owners()).toContain('host:while-halted'))
      // Its watch has something for it to do: to take back what the node had.
      await client.delete(nodes, 'while-halted')
      await eventually(async () => expect(await owners()).not.toContain('host:while-halted'))

      const before = proxy.writes.length
      process.kill(halted.daemon.pid, 'SIGCONT')
      await eventually(async () => expect(await halted.readiness()).toContain('waits for the leader'))
      await addNode('seen-by-both')
      await eventually(async () => expect(await owners()).toContain('host:seen-by-both'))
      await eventually(async () => {
        expect((await halted.metrics()).includes('leader_election_master_status{name="manx-controllers"} 0')).toBe(true)
      })
      expect(proxy.writes.slice(before)).toEqual([])
      expect(await holder()).toBe('next')
    }, 180_000)

    test('each answers the probes of its own pod, and another one leads when the leader was killed', async () => {
      const killed = await start('killed', { MANX_LEASE_SECONDS: '6' })
      await leads(killed)
      const heir = await start('heir', { MANX_LEASE_SECONDS: '30' })
      const probes = await probeCommands()
      expect(await probes.liveness(killed)).toMatchObject({ code: 0 })
      // Halted, it takes connections and answers none.
      process.kill(killed.daemon.pid, 'SIGSTOP')
      const unanswered = probes.liveness(killed)
      expect(await probes.liveness(heir)).toMatchObject({ code: 0 })
      expect(await probes.readiness(heir)).toMatchObject({ code: 0, stdout: expect.stringContaining('"reasons":[]') })
      await killed.daemon.stop('SIGKILL')
      expect((await unanswered).code).toBe(1)
      expect((await probes.readiness(killed)).code).toBe(1)
      expect(await holder()).toBe('killed')
      await leads(heir)
      await addNode('n4')
      await eventually(async () => expect(await owners()).toContain('host:n4'))
      // kubelet starts the container anew in the same pod, where the socket of the one before is left.
      const again = await start('killed')
      expect(await probes.readiness(again)).toMatchObject({ code: 0 })
    }, 120_000)

    test('goes on after the API server was away, and was alive meanwhile', async () => {
      const third = await start('third', { MANX_LEASE_SECONDS: '5' })
      await leads(third, 30_000)
      await server.kill()
      await eventually(async () => expect(await third.readiness()).toContain('waits for the leader'), {
        timeout: 20_000,
      })
      expect(await third.liveness()).toBe(200)
      await server.start()
      await addNode('n3')
      await eventually(async () => expect(await owners()).toContain('host:n3'), { timeout: 60_000 })
    }, 120_000)

    test('follows KubeControllersConfiguration, and says there what counts', async () => {
      const port = await freePort()
      const environment = { MANX_METRICS_PORT: '', LOG_LEVEL: '' }
      const { kubeconfig } = server
      const fifth = await bundle.start({ name: 'fifth', kubeconfig, environment, healthPort: await freePort() })
      const resource = resourceOf(KubeControllersConfiguration)
      const spec = { controllers: { node: { leakGracePeriod: '1h' } }, prometheusMetricsPort: port }
      await client.create(resource, { metadata: { name: 'default' }, spec: { ...spec, logSeverityScreen: 'Debug' } })
      await eventually(async () => {
        expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
        expect((await client.get(resource, 'default')).status).toMatchObject({
          environmentVars: {},
          runningConfig: {
            logSeverityScreen: 'Debug',
            prometheusMetricsPort: port,
            controllers: { node: { leakGracePeriod: '1h' } },
          },
        })
      })
      await client.patch(resource, 'default', { spec: { prometheusMetricsPort: 0 } })
      await eventually(async () =>
        expect(await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => 'off')).toBe('off'),
      )
      expect(await fifth.liveness()).toBe(200)
    }, 120_000)

    test('names what is wrong with its environment, and ends', async () => {
      await expect(start('fourth', { LOG_LEVEL: 'loud' })).rejects.toThrow('LOG_LEVEL must be one of')
    })
  },
)
