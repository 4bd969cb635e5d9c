import { silentLogger, type WorkloadEndpoint } from '@manx/api'
import { connect, createNamespace, type Namespace, output, type RunResult, run } from '@manx/testbed'
import { type AddEndpointOptions, createFelix, type Felix } from '../../src/index.ts'
import { endpoint, podOf } from '../endpoints.ts'

export const gateway4 = '169.254.1.1'
export const gateway6 = 'fe80::ecee:eeff:feee:eeee'

/** A node of the tests: its namespace, pods' namespaces, and a neighbour outside that has no route to pods. */
export interface TestNode extends AsyncDisposable {
  readonly namespace: Namespace
  readonly outside: Namespace
  /** Makes a pod with a veth as cni does, without telling felix. */
  addPod(id: string, ...addresses: readonly string[]): Promise<TestPod>
  /** Makes veths without namespaces of their own, many at once. */
  addInterfaces(names: readonly string[]): Promise<void>
  /** Starts felix, which knows the namespace `default`; ended with the node or by `stop`. */
  startFelix(environment?: Readonly<Record<string, string | undefined>>): Promise<RunningFelix>
  /** `nft list …` inside. */
  nft(...args: readonly string[]): Promise<string>
}

export interface TestPod {
  readonly namespace: Namespace
  readonly endpoint: WorkloadEndpoint
}

/** Endpoints that come without a pod have one without labels. */
export interface RunningFelix extends Felix {
  stop(): Promise<void>
}

export async function createNode(): Promise<TestNode> {
  const namespaces: Namespace[] = []
  const running: RunningFelix[] = []
  const make = async (purpose: string) => {
    const namespace = await createNamespace(purpose)
    namespaces.push(namespace)
    return namespace
  }
  const namespace = await make('fnode')
  const outside = await make('fout')
  await connect(
    { namespace, interface: 'eth0', addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
    { namespace: outside, interface: 'eth0', addresses: ['192.0.2.2/24', '2001:db8::2/64'] },
  )
  // Without a route to it the kernel does not answer ARP for 169.254.1.1 (cni gives pods a fixed entry beside that).
  await batch(namespace, ['route add default via 192.0.2.2', 'route add default via 2001:db8::2'])
  return {
    namespace,
    outside,
    addPod: async (id, ...addresses) => {
      const pod = await make('fpod')
      const value = { ...endpoint(id, ...addresses), netns: pod.path }
      const host = value.interfaceName
      const peer = ['peer', 'name', 'eth0', 'netns', pod.name]
      await namespace.output('ip', ['link', 'add', host, 'address', 'ee:ee:ee:ee:ee:ee', 'type', 'veth', ...peer])
      await namespace.output('ip', ['link', 'set', host, 'up'])
      await batch(pod, [
        'link set eth0 up',
        ...addresses.map((address) =>
          address.includes(':') ? `address add ${address}/128 dev eth0 nodad` : `address add ${address}/32 dev eth0`,
        ),
        `route add ${gateway4} dev eth0 scope link`,
        `route add default via ${gateway4} dev eth0`,
        `route add default via ${gateway6} dev eth0`,
      ])
      return { namespace: pod, endpoint: value }
    },
    addInterfaces: async (names) => {
      const lines = names.flatMap((name) => [
        `link add ${name} address ee:ee:ee:ee:ee:ee type veth peer name p${name}`,
        `link set ${name} up`,
        `link set p${name} up`,
      ])
      await batch(namespace, lines)
    },
    startFelix: async (environment = {}) => {
      const felix = createFelix({
        node: 'node-1',
        logger: process.env.FELIX_TEST_LOG === undefined ? silentLogger : { ...consoleLogger },
        namespace: namespace.path,
        environment: { FELIX_DEFAULTENDPOINTTOHOSTACTION: 'Accept', ...environment },
      })
      felix.setNamespace('default', {})
      const controller = new AbortController()
      await felix.start(controller.signal)
      const stop = async () => {
        controller.abort()
        await felix.stopped
      }
      const added = {
        stop,
        addEndpoint: (value: WorkloadEndpoint, options: AddEndpointOptions = {}) =>
          felix.addEndpoint(value, { pod: podOf(value), ...options }),
        restoreEndpoints: (list: Iterable<WorkloadEndpoint>) => {
          const endpoints = [...list]
          for (const value of endpoints) felix.setPod(`${value.namespace}/${value.pod}`, podOf(value))
          felix.restoreEndpoints(endpoints)
        },
      }
      const handle = new Proxy(felix, {
        get: (target, name) => Reflect.get(Object.hasOwn(added, name) ? added : target, name),
      })
      running.push(handle as RunningFelix)
      return handle as RunningFelix
    },
    nft: (...args) => namespace.output('nft', args),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((felix) => felix.stop()))
      await Promise.all(namespaces.map((each) => each.remove()))
    },
  }
}

const say = (message: string, fields?: unknown) =>
  process.stderr.write(`${message} ${fields ? String(Object.values(fields)[0]) : ''}\n`)
const consoleLogger = { debug: say, info: say, warn: say, error: say, isDebugEnabled: () => true }

/** Runs lines of `ip` in one process. */
export async function batch(namespace: Namespace, lines: readonly string[]): Promise<void> {
  await output('ip', ['-batch', '-'], { namespace: namespace.name, input: `${lines.join('\n')}\n` })
}

/** True when one of a few echo requests is answered; `from` sets the source. */
export async function pings(from: Namespace, to: string, source?: string): Promise<boolean> {
  const sourceArgs = source === undefined ? [] : ['-I', source]
  const result = await run('ping', ['-n', '-c', '1', '-W', '1', ...sourceArgs, to], { namespace: from.name })
  return result.code === 0
}

/** Connects by TCP and says which address the server saw. */
export async function sourceSeen(client: Namespace, server: Namespace, address: string): Promise<string> {
  const listen = `require('net').createServer(s => s.end(s.remoteAddress)).listen(8080, '::', () => console.log('ready'))`
  const daemon = await server.start(process.execPath, ['-e', listen], { startTimeout: 10_000 })
  try {
    const connectTo = `require('net').connect(8080, '${address}').on('data', d => console.log(String(d))).on('error', e => { console.error(e.code); process.exit(1) })`
    for (let tries = 0; ; tries++) {
      const result: RunResult = await run(process.execPath, ['-e', connectTo], {
        namespace: client.name,
        timeout: 3000,
      })
      if (result.code === 0) return result.stdout.trim().replace(/^::ffff:/, '')
      if (tries === 20) throw new Error(`no connection: ${result.stderr}\n${daemon.log()}`)
    }
  } finally {
    await daemon.stop('SIGKILL')
  }
}
