import { mkdtemp, rm } from 'node:fs/promises'
import { type RequestOptions, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, output, startDaemon } from '@manx/testbed'

const folder = new URL('../..', import.meta.url).pathname

/** The process as it ships, to be started as often as a test likes. */
export interface Bundle {
  start(options: ProcessOptions): Promise<ControllersProcess>
  /** Ends all that were started, and removes the bundle. */
  remove(): Promise<void>
  stopAll(): Promise<void>
}

export interface ProcessOptions {
  readonly name: string
  readonly kubeconfig: string
  readonly environment?: Readonly<Record<string, string>>
  /** A port for the probes; default a socket that all of this name have in turn. */
  readonly healthPort?: number
}

export interface ControllersProcess {
  readonly daemon: Daemon
  /** Where probes are answered, unless at a port. */
  readonly socket: string
  readiness(): Promise<string>
  /** The status of the answer. */
  liveness(signal?: AbortSignal): Promise<number>
  metrics(): Promise<string>
}

export async function bundleControllers(): Promise<Bundle> {
  const path = await mkdtemp(join(tmpdir(), 'manx-controllers-'))
  const esbuild = join(folder, '../../node_modules/.bin/esbuild')
  const options = ['--bundle', '--platform=node', '--format=cjs', '--target=node24', '--external:koffi']
  const target = join(path, 'controllers.cjs')
  await output(esbuild, ['src/main.ts', ...options, `--outfile=${target}`, '--log-level=warning'], { cwd: folder })
  const daemons: Daemon[] = []
  const stopAll = async () => {
    await Promise.all(daemons.splice(0).map((daemon) => daemon.stop('SIGKILL')))
  }
  return {
    start: async ({ name, kubeconfig, environment = {}, healthPort }) => {
      const metrics = await freePort()
      const socket = join(path, `${name}.sock`)
      const address = healthPort === undefined ? { socketPath: socket } : { host: '127.0.0.1', port: healthPort }
      const get = (where: string, signal?: AbortSignal) =>
        ask({ ...address, path: where, ...(signal === undefined ? {} : { signal }) })
      const daemon = await startDaemon(process.execPath, [target], {
        env: {
          KUBECONFIG: kubeconfig,
          POD_NAME: name,
          POD_NAMESPACE: 'default',
          ...(healthPort === undefined ? { MANX_HEALTH_SOCKET: socket } : { MANX_HEALTH_PORT: String(healthPort) }),
          MANX_METRICS_PORT: String(metrics),
          MANX_LEASE_SECONDS: '10',
          ...environment,
        },
        ready: async () => (await get('/readiness')).status === 200,
        startTimeout: 40_000,
      })
      daemons.push(daemon)
      return {
        daemon,
        socket,
        readiness: async () => (await get('/readiness')).body,
        liveness: async (signal) => (await get('/liveness', signal)).status,
        metrics: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text(),
      }
    },
    stopAll,
    remove: async () => {
      await stopAll()
      await rm(path, { recursive: true, force: true })
    },
  }
}

function ask(options: RequestOptions): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, agent: false }, async (answer) => {
      const chunks = await answer.toArray().catch(reject)
      resolve({ status: answer.statusCode ?? 0, body: `${chunks?.join('')}` })
    })
    asked.on('error', reject).end()
  })
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
