import { createNamespace, type Namespace, type RunResult, run } from '@manx/testbed'
import { openJournal } from '../../src/attach/journal.ts'
import { openPlumbing } from '../../src/attach/plumbing.ts'
import { type CniHandlers, createCniHandlers } from '../../src/handlers.ts'
import { type CniServer, startCniServer } from '../../src/wire/cni-server.ts'
import { TestNode } from './node.ts'

export interface CallOptions {
  readonly containerId: string
  readonly namespace?: string
  readonly pod?: string
  readonly ifname?: string
  readonly args?: string
  readonly conf?: Readonly<Record<string, unknown>>
}

/** A node in a namespace of its own that serves CNI requests from a real executable. */
export class Harness implements AsyncDisposable {
  readonly node = new TestNode()
  readonly host: Namespace
  readonly #command: readonly [string, readonly string[]]
  readonly #pods: Namespace[] = []
  #running: { readonly server: CniServer; readonly handlers: CniHandlers; close(): Promise<void> } | undefined

  private constructor(host: Namespace, command: readonly [string, readonly string[]]) {
    this.host = host
    this.#command = command
  }

  static async create(command: readonly [string, readonly string[]]): Promise<Harness> {
    const harness = new Harness(await createNamespace('cni-host'), command)
    await harness.start()
    return harness
  }

  get handlers(): CniHandlers {
    if (this.#running === undefined) throw new Error('the agent is not running')
    return this.#running.handlers
  }

  async start(): Promise<void> {
    const plumbing = openPlumbing({ hostNamespace: this.host.path })
    const journal = openJournal(this.node.journalFolder, this.node.logger)
    const handlers = createCniHandlers({ ports: this.node, journal, plumbing })
    const server = await startCniServer({
      socketPath: this.node.socketPath,
      serve: handlers.serve,
      logger: this.node.logger,
    })
    const close = async () => {
      await server.close(0)
      handlers.close()
      plumbing.close()
    }
    this.#running = { server, handlers, close }
  }

  async stop(): Promise<void> {
    await this.#running?.close()
    this.#running = undefined
  }

  /** A sandbox's namespace, as the runtime makes it: nothing in it is up. */
  async sandbox(): Promise<Namespace> {
    const namespace = await createNamespace('cni-pod')
    await namespace.output('ip', ['link', 'set', 'lo', 'down'])
    this.#pods.push(namespace)
    return namespace
  }

  call(verb: string, options: CallOptions): Promise<RunResult> {
    const { containerId, namespace = '', pod, ifname = 'eth0', args, conf } = options
    const podArgs = pod === undefined ? '' : `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod}`
    const [program, programArgs] = this.#command
    return run(program, programArgs, {
      input: JSON.stringify({ cniVersion: '1.1.0', name: 'k8s-pod-network', type: 'manx', ...conf }),
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: namespace,
        CNI_IFNAME: ifname,
        CNI_PATH: '/opt/cni/bin',
        CNI_ARGS: [podArgs, args].filter((text) => text !== undefined && text !== '').join(';'),
        MANX_CNI_SOCKET: this.node.socketPath,
      },
    })
  }

  /** Fails the test with the plugin's own words when it does not succeed. */
  async succeed(verb: string, options: CallOptions): Promise<Result> {
    const { code, stdout, stderr } = await this.call(verb, options)
    if (code !== 0) throw new Error(`${verb} ended with ${code}: ${stdout}${stderr}`)
    return stdout.trim() === '' ? {} : JSON.parse(stdout)
  }

  async fail(verb: string, options: CallOptions): Promise<Result> {
    const { code, stdout } = await this.call(verb, options)
    if (code === 0) throw new Error(`${verb} succeeded: ${stdout}`)
    return JSON.parse(stdout)
  }

  async hostInterfaces(): Promise<readonly string[]> {
    const links: { ifname: string }[] = JSON.parse(await this.host.output('ip', ['-j', 'link', 'show']))
    return links.map(({ ifname }) => ifname).filter((name) => name.startsWith('cali'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    for (const pod of this.#pods) await pod.remove()
    await this.host.remove()
    this.node.remove()
  }
}

/** What a plugin printed, loosely. */
export interface Result {
  readonly code?: number
  readonly msg?: string
  readonly details?: string
  readonly interfaces?: readonly Readonly<Record<string, unknown>>[]
  readonly ips?: readonly Readonly<Record<string, unknown>>[]
  readonly routes?: readonly Readonly<Record<string, unknown>>[]
}
