import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BGPConfiguration,
  type BGPPeer,
  type BlockAffinity,
  createStore,
  type IPPool,
  type Logger,
  type Node,
  silentLogger,
  type WritableStore,
} from '@manx/api'
import type { Namespace } from '@manx/testbed'
import { type Bgp, type BgpOptions, createBgp } from '../../src/index.ts'
import { startGobgpd, type TestGobgpd } from './gobgpd.ts'

const apiVersion = 'projectcalico.org/v3'

/** The API server's side of a test cluster. */
export class TestCluster {
  readonly nodes: WritableStore<Pick<Node, 'metadata'>> = createStore()
  readonly bgpConfigurations: WritableStore<BGPConfiguration> = createStore()
  readonly bgpPeers: WritableStore<BGPPeer> = createStore()
  readonly ipPools: WritableStore<IPPool> = createStore()
  readonly blockAffinities: WritableStore<BlockAffinity> = createStore()

  addNode(name: string, addresses: { v4?: string; v6?: string; as?: number; reflector?: string }): void {
    const annotations = {
      ...(addresses.v4 === undefined ? {} : { 'projectcalico.org/IPv4Address': addresses.v4 }),
      ...(addresses.v6 === undefined ? {} : { 'projectcalico.org/IPv6Address': addresses.v6 }),
      ...(addresses.as === undefined ? {} : { 'projectcalico.org/ASNumber': String(addresses.as) }),
      ...(addresses.reflector === undefined
        ? {}
        : { 'projectcalico.org/RouteReflectorClusterID': addresses.reflector }),
    }
    const labels = { 'kubernetes.io/hostname': name, ...(addresses.reflector === undefined ? {} : { rr: 'true' }) }
    this.nodes.set(name, { metadata: { name, annotations, labels } })
  }

  addPool(name: string, cidr: string): void {
    this.ipPools.set(name, { apiVersion, kind: 'IPPool', metadata: { name }, spec: { cidr } })
  }

  addPeer(name: string, spec: BGPPeer['spec']): void {
    this.bgpPeers.set(name, { apiVersion, kind: 'BGPPeer', metadata: { name }, spec })
  }

  configure(spec: BGPConfiguration['spec']): void {
    const metadata = { name: 'default' }
    this.bgpConfigurations.set('default', { apiVersion, kind: 'BGPConfiguration', metadata, spec })
  }

  addBlock(node: string, cidr: string): void {
    const name = `${node}-${cidr.replaceAll(/[.:/]+/g, '-')}`
    const spec = { cidr, node, type: 'host', state: 'confirmed', deleted: false } as const
    this.blockAffinities.set(name, { apiVersion, kind: 'BlockAffinity', metadata: { name }, spec })
  }

  removeBlock(node: string, cidr: string): void {
    this.blockAffinities.delete(`${node}-${cidr.replaceAll(/[.:/]+/g, '-')}`)
  }
}

/** A node of the test cluster: gobgpd in its namespace, and the agent's BGP in this process. */
export interface TestNode extends AsyncDisposable {
  readonly namespace: Namespace
  readonly gobgpd: TestGobgpd
  readonly bgp: Bgp
  startAgent(more?: Partial<BgpOptions>): void
  /** Ends the agent without a word to gobgpd, as a crash would. */
  stopAgent(): Promise<void>
  /** Lines of `ip monitor route` since the last call. */
  routeChanges(): Promise<string[]>
}

/** `own`: options of this node's agents, whenever one starts. */
export async function startNode(
  cluster: TestCluster,
  name: string,
  namespace: Namespace,
  own: Partial<BgpOptions> = {},
): Promise<TestNode> {
  const gobgpd = await startGobgpd(namespace)
  const scratch = await mkdtemp(join(tmpdir(), 'manx-bgp-'))
  const monitor = await namespace.start('ip', ['-o', 'monitor', 'route'])
  let seen = 0
  let agent: { bgp: Bgp; stop: AbortController; done: Promise<void> } | undefined
  const stopAgent = async () => {
    agent?.stop.abort()
    await agent?.done
    agent = undefined
  }
  const startAgent = (more: Partial<BgpOptions> = {}) => {
    const bgp = createBgp({
      logger: testLogger(name),
      node: name,
      stores: cluster,
      synced: Promise.resolve(),
      gobgpSocket: gobgpd.socketPath,
      statePath: join(scratch, 'bgp.json'),
      namespace: namespace.path,
      ...own,
      ...more,
    })
    const stop = new AbortController()
    agent = { bgp, stop, done: bgp.run(stop.signal) }
  }
  startAgent()
  return {
    namespace,
    gobgpd,
    get bgp() {
      if (agent === undefined) throw new Error(`the agent of ${name} does not run`)
      return agent.bgp
    },
    startAgent,
    stopAgent,
    async routeChanges() {
      const lines = monitor
        .log()
        .split('\n')
        .filter((line) => line.includes(' proto 80 '))
      const news = lines.slice(seen)
      seen = lines.length
      return news
    },
    async [Symbol.asyncDispose]() {
      await stopAgent()
      await gobgpd[Symbol.asyncDispose]()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

function testLogger(node: string): Logger {
  if (process.env.MANX_TEST_LOG === undefined) return silentLogger
  const write = (level: string) => (message: string, fields?: unknown) =>
    process.stderr.write(`${new Date().toISOString()} ${level} ${node} ${message} ${JSON.stringify(fields ?? {})}\n`)
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isDebugEnabled: () => true,
  }
}
