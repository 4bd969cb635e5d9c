import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Server, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { NodeStatus } from '@manx/process'
import { connect, createNamespace, type Daemon, type Namespace, output, run } from '@manx/testbed'
import type { ApiServer } from '../../../api/test/api-server.ts'

const bundle = fileURLToPath(new URL('../../dist/agent.cjs', import.meta.url))
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))
const pipeSource = fileURLToPath(new URL('../../../cni/src/pipe.c', import.meta.url))

/** Builds what ships: the bundle that the tests run. */
export async function buildAgent(): Promise<void> {
  await promisify(execFile)('pnpm', ['run', 'build'], { cwd: packageFolder })
}

/** A node in a namespace: a router at its side, gobgpd, and an agent to start and kill. */
export class TestNode implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'manx-agent-'))
  readonly name: string
  readonly host: Namespace
  readonly router: Namespace
  readonly #api: ApiServer
  readonly #relay: Server
  readonly #pods: Namespace[] = []
  gobgpd: Daemon | undefined
  agent: Daemon | undefined

  private constructor(name: string, host: Namespace, router: Namespace, api: ApiServer, relay: Server) {
    this.name = name
    this.host = host
    this.router = router
    this.#api = api
    this.#relay = relay
  }

  static async create(name: string, api: ApiServer): Promise<TestNode> {
    const [host, router] = [await createNamespace('agent-host'), await createNamespace('agent-router')]
    await connect(
      { namespace: host, interface: 'eth0', addresses: ['10.50.0.1/24', 'fd50::1/64'] },
      { namespace: router, interface: 'eth0', addresses: ['10.50.0.254/24', 'fd50::fe/64'] },
    )
    await host.output('ip', ['route', 'add', 'default', 'via', '10.50.0.254'])
    // The API server is on this machine's loopback; a unix socket reaches it from any namespace.
    const port = Number(new URL(api.server).port)
    const relay = createServer((socket) => {
      const onward = tcpConnect(port, '127.0.0.1')
      socket.on('error', () => onward.destroy()).pipe(onward)
      onward.on('error', () => socket.destroy()).pipe(socket)
    })
    const node = new TestNode(name, host, router, api, relay)
    await new Promise<void>((resolve) => relay.listen(join(node.folder, 'api.sock'), resolve))
    await host.start(process.execPath, ['-e', relayScript, String(port), join(node.folder, 'api.sock')], {
      ready: async () => (await run('sh', ['-c', `ss -tln | grep -q :${port}`], { namespace: host.path })).code === 0,
    })
    await output('cc', ['-Os', '-static', '-o', join(node.folder, 'manx'), pipeSource])
    return node
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  async startGobgpd(): Promise<void> {
    const program = join(process.env.MANX_COMPONENTS ?? '', 'gobgpd')
    const socket = this.path('gobgpd.sock')
    rmSync(socket, { force: true })
    this.gobgpd = await this.host.start(program, ['--api-hosts', `unix://${socket}`, '--pprof-disable'], {
      ready: async () => existsSync(socket),
    })
  }

  async startAgent(environment: Readonly<Record<string, string>> = {}): Promise<Daemon> {
    this.agent = await this.launch(environment, async () => existsSync(this.path('run', 'status.sock')))
    return this.agent
  }

  /** Starts an agent beside the one that runs, or one that is not to come up. */
  launch(environment: Readonly<Record<string, string>>, ready?: () => Promise<boolean>): Promise<Daemon> {
    return this.host.start(process.execPath, [bundle], {
      env: {
        // As our manifests have it.
        FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT',
        NODENAME: this.name,
        KUBECONFIG: this.#api.kubeconfig,
        MANX_RUN_DIR: this.path('run'),
        MANX_STATE_DIR: this.path('state'),
        MANX_CNI_CONF_DIR: this.folder,
        MANX_GOBGP_SOCKET: this.path('gobgpd.sock'),
        CALICO_IPV4POOL_CIDR: '10.60.0.0/16',
        CALICO_IPV6POOL_CIDR: 'fd60::/48',
        MANX_DATASTORE_WAIT: '2',
        FELIX_PROMETHEUSMETRICSENABLED: 'true',
        ...environment,
      },
      ...(ready === undefined ? {} : { ready }),
    })
  }

  status(): Promise<NodeStatus> {
    return new Promise((resolve, reject) => {
      request({ socketPath: this.path('run', 'status.sock'), path: '/status' }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString()))
          } catch (error) {
            reject(error)
          }
        })
      })
        .on('error', reject)
        .end()
    })
  }

  /** Asks the node's own HTTP servers. */
  get(port: number, path: string): Promise<string> {
    return this.host.output('curl', ['-s', '-m', '5', `http://127.0.0.1:${port}${path}`])
  }

  async sandbox(): Promise<Namespace> {
    const namespace = await createNamespace('agent-pod')
    this.#pods.push(namespace)
    return namespace
  }

  /** Calls the first plugin of the conflist that the agent wrote, as a runtime does. */
  async cni(
    verb: string,
    sandbox: Namespace,
    pod: string,
    containerId: string,
  ): Promise<{ ips: { address: string }[] }> {
    const { name, plugins } = JSON.parse(readFileSync(this.path('10-manx.conflist'), 'utf8'))
    const { code, stdout } = await run(this.path('manx'), [], {
      input: JSON.stringify({ cniVersion: '1.1.0', name, ...plugins[0] }),
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: sandbox.path,
        CNI_IFNAME: 'eth0',
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod}`,
        MANX_CNI_SOCKET: this.path('run', 'cni', 'cni.sock'),
      },
    })
    if (code !== 0) throw new Error(`${verb}: ${stdout}\n${this.agent?.log()}`)
    return stdout === '' ? { ips: [] } : JSON.parse(stdout)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pod of this.#pods) await pod.remove()
    await this.host.remove()
    await this.router.remove()
    this.#relay.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const relayScript = `
const { connect, createServer } = require('node:net')
createServer((socket) => {
  const onward = connect(process.argv[2])
  socket.on('error', () => onward.destroy()).pipe(onward)
  onward.on('error', () => socket.destroy()).pipe(socket)
}).listen(Number(process.argv[1]), '127.0.0.1')
`
