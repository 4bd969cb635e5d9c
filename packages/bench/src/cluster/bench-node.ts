import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type KubernetesClient, nodes, pause } from '@manx/api'
import { commandPath, createNamespace, type Daemon, type Namespace, output, startDaemon } from '@manx/testbed'
import { type ApiServer, installKinds, startApiServer } from '../../../api/test/api-server.ts'
import { monotonic } from '../measure.ts'
import { buildAgent } from './components.ts'
import { shippedNode } from './shipped-agent.ts'

const pipeSource = fileURLToPath(new URL('../../../cni/src/pipe.c', import.meta.url))
const scriptSource = fileURLToPath(new URL('../../../cni/src/manx-cni.ts', import.meta.url))

export const nodeName = 'node-1'
/** Of the router that is the node's default route; pods elsewhere are behind it. */
const routerAddress = '10.50.0.254'
const conflist = '10-manx.conflist'
const podNetwork = '10.60.0.0/16'

/** The executable that a runtime would call. */
export interface CniProgram {
  readonly path: string
  /** The compiled pipe, or its twin in JavaScript where there is no compiler. */
  readonly kind: 'pipe' | 'Node script'
}

/**
 * A cluster of one node, which is the network namespace of the benchmark: kube-apiserver and etcd, gobgpd, and the agent's
 * bundle, all as processes of their own.
 */
export interface BenchNode extends AsyncDisposable {
  readonly client: KubernetesClient
  readonly api: ApiServer
  /** Behind the node's only interface. */
  readonly router: Namespace
  readonly cni: CniProgram
  readonly agent: Daemon
  path(...parts: readonly string[]): string
  /** Starts the agent, and resolves when it is ready for pods. */
  startAgent(options?: AgentOptions): Promise<Daemon>
  /** Starts the agent and does not wait for anything. */
  launchAgent(options?: AgentOptions): Promise<Daemon>
  /** True when the agent says that all it knows of is in the kernel. */
  isReady(): Promise<boolean>
  /** The configuration of our plugin, as the runtime would hand it over. */
  cniConfig(): string
}

export interface AgentOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Of Node itself: profiling. */
  readonly nodeArgs?: readonly string[]
}

export async function startBenchNode(progress: (text: string) => void): Promise<BenchNode> {
  await using undo = new AsyncDisposableStack()
  progress('building the agent')
  const bundle = await buildAgent()
  // kube-apiserver looks for its address at the default route.
  const router = undo.use(await makeNetwork())
  undo.defer(async () => {
    await output('ip', ['link', 'delete', 'eth0'])
  })
  progress('starting etcd and kube-apiserver')
  const api = undo.use(await startApiServer())
  const client = await api.client()
  undo.defer(() => client.close())
  await installKinds(client)
  const folder = await mkdtemp(join(tmpdir(), 'manx-bench-'))
  undo.defer(() => rmSync(folder, { recursive: true, force: true }))
  await client.create(nodes, { metadata: { name: nodeName } })
  await client.patchStatus(nodes, nodeName, { status: { addresses: [{ type: 'InternalIP', address: '10.50.0.1' }] } })
  const gobgpSocket = join(folder, 'gobgpd.sock')
  const gobgpd = await startDaemon(
    join(process.env.MANX_COMPONENTS ?? '', 'gobgpd'),
    ['--api-hosts', `unix://${gobgpSocket}`, '--pprof-disable'],
    { ready: async () => existsSync(gobgpSocket) },
  )
  undo.defer(() => gobgpd.stop('SIGKILL'))
  const cni = await makeCniProgram(folder)
  let agent: Daemon | undefined
  undo.defer(async () => agent?.stop('SIGKILL'))

  const launchAgent = async ({ environment = {}, nodeArgs = [] }: AgentOptions = {}) => {
    const shipped = shippedNode()
    agent = await startDaemon(process.execPath, [...shipped.flags, ...nodeArgs, bundle], {
      env: { ...inFolder(shipped.environment, folder), ...agentEnvironment(folder, api.kubeconfig), ...environment },
    })
    return agent
  }
  const done = undo.move()
  return {
    client,
    api,
    router,
    cni,
    get agent() {
      if (agent === undefined) throw new Error('the agent was not started')
      return agent
    },
    path: (...parts) => join(folder, ...parts),
    launchAgent,
    startAgent: async (options) => {
      const started = await launchAgent(options)
      await untilReady(started, join(folder, conflist))
      return started
    },
    isReady,
    cniConfig: () => {
      const { name, plugins } = JSON.parse(readFileSync(join(folder, conflist), 'utf8'))
      return JSON.stringify({ cniVersion: '1.0.0', name, ...plugins[0] })
    },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** As our manifests have it, IPv4 alone: what is compared with has one family. */
function agentEnvironment(folder: string, kubeconfig: string): Readonly<Record<string, string>> {
  return {
    FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT',
    NODENAME: nodeName,
    KUBECONFIG: kubeconfig,
    MANX_RUN_DIR: join(folder, 'run'),
    MANX_STATE_DIR: join(folder, 'state'),
    MANX_CNI_CONF_DIR: folder,
    MANX_GOBGP_SOCKET: join(folder, 'gobgpd.sock'),
    CALICO_IPV4POOL_CIDR: podNetwork,
    // Addresses of pods behind the router are written as they are.
    CALICO_IPV4POOL_NAT_OUTGOING: 'false',
  }
}

/** The container's folders are those of the bench here. */
function inFolder(variables: Readonly<Record<string, string>>, folder: string): Readonly<Record<string, string>> {
  const entries = Object.entries(variables).map(([name, value]) => [
    name,
    value.replace('/var/lib/manx', join(folder, 'state')).replace('/run/manx', join(folder, 'run')),
  ])
  return Object.fromEntries(entries)
}

async function makeNetwork(): Promise<Namespace> {
  const router = await createNamespace('router')
  await output('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', router.name])
  await output('ip', ['address', 'add', '10.50.0.1/24', 'dev', 'eth0'])
  await output('ip', ['link', 'set', 'eth0', 'up'])
  await router.output('ip', ['address', 'add', `${routerAddress}/24`, 'dev', 'eth0'])
  await router.output('ip', ['link', 'set', 'eth0', 'up'])
  await output('ip', ['route', 'add', 'default', 'via', routerAddress])
  await router.output('ip', ['route', 'add', podNetwork, 'via', '10.50.0.1'])
  return router
}

async function makeCniProgram(folder: string): Promise<CniProgram> {
  const path = join(folder, 'manx')
  if (commandPath('cc') === undefined) {
    writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${scriptSource}\n`, { mode: 0o755 })
    return { path, kind: 'Node script' }
  }
  await output('cc', ['-Os', '-static', '-o', path, pipeSource])
  return { path, kind: 'pipe' }
}

/** All inputs were read and are in the kernel. BGP has nothing to wait for here, and is not asked. */
async function isReady(): Promise<boolean> {
  const body = await new Promise<string | undefined>((resolve) => {
    const asked = request({ host: '127.0.0.1', port: 9099, path: '/readiness', timeout: 5000 }, (response) => {
      text(response).then(resolve, () => resolve(undefined))
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(undefined))
    asked.end()
  })
  if (body === undefined) return false
  const { reasons }: { reasons: readonly string[] } = JSON.parse(body)
  return reasons.every((reason) => reason.startsWith('BGP'))
}

async function untilReady(agent: Daemon, conflistPath: string): Promise<void> {
  const deadline = monotonic() + 120_000
  let ended = false
  const end = () => {
    ended = true
  }
  agent.exited.then(end, end)
  while (!(existsSync(conflistPath) && (await isReady()))) {
    if (ended) throw new Error(`the agent ended:\n${agent.log()}`)
    if (monotonic() > deadline) throw new Error(`the agent did not become ready:\n${agent.log()}`)
    await pause(20)
  }
}
