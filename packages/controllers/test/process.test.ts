import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { IPAMBlock, IPPool, type KubernetesClient, leases, nodes, resourceOf } from '@manx/api'
import { type Daemon, eventually, output, startDaemon } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'

const reason = apiServerSkipReason()
const folder = new URL('..', import.meta.url).pathname

;(reason === undefined ? describe : describe.skip)(
  `the bundled process${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let server: ApiServer
    let client: KubernetesClient
    let bundles: string
    const daemons: Daemon[] = []
    beforeAll(async () => {
      bundles = await mkdtemp(join(tmpdir(), 'manx-controllers-'))
      const esbuild = join(folder, '../../node_modules/.bin/esbuild')
      const options = ['--bundle', '--platform=node', '--format=cjs', '--target=node24', '--external:koffi']
      await output(
        esbuild,
        ['src/main.ts', ...options, `--outfile=${bundles}/controllers.cjs`, '--log-level=warning'],
        {
          cwd: folder,
        },
      )
      server = await startApiServer()
      client = await server.client()
      await installKinds(client)
      await client.create(resourceOf(IPPool), { metadata: { name: 'v4' }, spec: { cidr: '10.0.0.0/16' } })
    }, 90_000)
    afterEach(async () => {
      await Promise.all(daemons.splice(0).map((daemon) => daemon.stop('SIGKILL')))
    })
    afterAll(async () => {
      await client.close()
      await server.stop()
      await rm(bundles, { recursive: true, force: true })
    })

    async function start(name: string, environment: Readonly<Record<string, string>> = {}) {
      const [health, metrics] = [await freePort(), await freePort()]
      const get = async (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      const daemon = await startDaemon(process.execPath, [join(bundles, 'controllers.cjs')], {
        env: {
          KUBECONFIG: server.kubeconfig,
          POD_NAME: name,
          POD_NAMESPACE: 'default',
          MANX_HEALTH_PORT: String(health),
          MANX_METRICS_PORT: String(metrics),
          MANX_LEASE_SECONDS: '10',
          ...environment,
        },
        ready: async () => (await get(health, '/readiness')).status === 200,
      })
      daemons.push(daemon)
      return {
        daemon,
        readiness: async () => (await get(health, '/readiness')).text(),
        liveness: async () => (await get(health, '/liveness')).status,
        metrics: async () => (await get(metrics, '/metrics')).text(),
      }
    }
    const holder = async () => {
      const lease = await client.get(leases, { namespace: 'default', name: 'manx-controllers' })
      return lease.spec?.holderIdentity
    }
    const owners = async () => (await client.list(resourceOf(IPAMBlock))).items.map(({ spec }) => spec.affinity)

    test('leads, gives nodes their blocks, and hands over when it is told to end', async () => {
      const first = await start('first')
      await eventually(async () => expect(await holder()).toBe('first'))
      await client.create(nodes, { metadata: { name: 'n1' } })
      await eventually(async () => expect(await owners()).toEqual(['host:n1']))
      const second = await start('second')
      expect(await second.readiness()).toContain('waits for the leader')
      expect(await second.liveness()).toBe(200)

      await first.daemon.stop('SIGTERM', 10_000)
      expect(await first.daemon.exited).toBe(0)
      await eventually(async () => expect(await holder()).toBe('second'), { timeout: 8000 })
      await client.create(nodes, { metadata: { name: 'n2' } })
      await eventually(async () => expect(new Set(await owners())).toEqual(new Set(['host:n1', 'host:n2'])))
      await eventually(async () => {
        const metrics = await second.metrics()
        expect(metrics).toContain('ipam_blocks{ippool="v4",node="n2"} 1')
        expect(metrics).toContain('ipam_ippool_size{ippool="v4"} 65536')
        expect(metrics).toContain('manx_controllers_leader 1')
      })
      for (const line of second.daemon.log().trim().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({ process: 'manx-controllers', identity: 'second' })
      }
    }, 60_000)

    test('goes on after the API server was away', async () => {
      const { readiness } = await start('third')
      await eventually(async () => expect(await readiness()).toContain('leads'), { timeout: 20_000 })
      await server.kill()
      await server.start()
      await client.create(nodes, { metadata: { name: 'n3' } })
      await eventually(async () => expect(await owners()).toContain('host:n3'), { timeout: 60_000 })
    }, 120_000)

    test('names what is wrong with its environment, and ends', async () => {
      await expect(start('fourth', { LOG_LEVEL: 'loud' })).rejects.toThrow('LOG_LEVEL must be one of')
    })
  },
)

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
