import { mkdtemp, rm } from 'node:fs/promises'
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
  /** The port of the probes; default a free one. */
  readonly healthPort?: number
}

export interface ControllersProcess {
  readonly daemon: Daemon
  readiness(): Promise<string>
  liveness(signal?: AbortSignal): Promise<Response>
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
      const [health, metrics] = [healthPort ?? (await freePort()), await freePort()]
      const get = (port: number, where: string, signal?: AbortSignal) =>
        fetch(`http://127.0.0.1:${port}${where}`, signal === undefined ? {} : { signal })
      const daemon = await startDaemon(process.execPath, [target], {
        env: {
          KUBECONFIG: kubeconfig,
          POD_NAME: name,
          POD_NAMESPACE: 'default',
          MANX_HEALTH_PORT: String(health),
          MANX_METRICS_PORT: String(metrics),
          MANX_LEASE_SECONDS: '10',
          ...environment,
        },
        ready: async () => (await get(health, '/readiness')).status === 200,
        startTimeout: 40_000,
      })
      daemons.push(daemon)
      return {
        daemon,
        readiness: async () => (await get(health, '/readiness')).text(),
        liveness: (signal) => get(health, '/liveness', signal),
        metrics: async () => (await get(metrics, '/metrics')).text(),
      }
    },
    stopAll,
    remove: async () => {
      await stopAll()
      await rm(path, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
