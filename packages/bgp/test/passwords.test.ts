import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type KubernetesClient, namespaces, type Secret, secrets, silentLogger } from '@manx/api'
import { connect, createNamespace, eventually, skipReason } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, startApiServer } from '../../api/test/api-server.ts'
import { PasswordSource } from '../src/password-source.ts'
import { gobgpdPath } from './support/gobgpd.ts'
import { startNode, TestCluster, type TestNode } from './support/node.ts'

const reason = apiServerSkipReason() ?? skipReason({ root: true, commands: ['ip', 'nsenter', gobgpdPath] })
const suite = reason === undefined ? describe : describe.skip
const patience = { timeout: 60_000, interval: 200 }
const namespace = 'manx-system'

function secret(name: string, password: string): Secret {
  const data = { password: Buffer.from(password).toString('base64') }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }
}

suite(`passwords from a real API server${reason === undefined ? '' : ` (${reason})`}`, () => {
  let api: ApiServer
  let client: KubernetesClient
  beforeAll(async () => {
    api = await startApiServer()
    client = await api.client()
    await client.create(namespaces, { metadata: { name: namespace } })
  }, 90_000)
  afterAll(() => api?.stop())

  test('a Secret is unread until the API server has answered, whether it is there or not', async () => {
    await client.create(secrets, secret('there', 'geheim'))
    let changes = 0
    const source = new PasswordSource({ client, namespace, logger: silentLogger, onChange: () => changes++ })
    source.want(new Set(['there', 'absent']))
    expect(source.unread).toEqual(new Set(['there', 'absent']))
    expect(source.passwords.size).toBe(0)
    await eventually(() => expect(source.unread.size).toBe(0), patience)
    expect([...source.passwords]).toEqual([['there/password', 'geheim']])
    expect(changes).toBe(3)

    await client.create(secrets, secret('absent', 'neu'))
    await eventually(() => expect(source.passwords.get('absent/password')).toBe('neu'), patience)
    await client.delete(secrets, { namespace, name: 'there' })
    await eventually(() => expect(source.passwords.has('there/password')).toBe(false), patience)
    expect(source.unread.size).toBe(0)
    source.want(new Set())
    expect(source.passwords.size).toBe(0)
  }, 60_000)

  test('sessions with a password outlive an agent that restarts, and Secrets that nobody can read', async () => {
    await client.create(secrets, secret('mesh', 'geheim'))
    await using stack = new AsyncDisposableStack()
    const left = stack.use(await createNamespace('bgp-a'))
    const right = stack.use(await createNamespace('bgp-b'))
    await connect(
      { namespace: left, interface: 'eth0', addresses: ['10.0.0.1/24'] },
      { namespace: right, interface: 'eth0', addresses: ['10.0.0.2/24'] },
    )
    const cluster = new TestCluster()
    cluster.configure({ nodeMeshPassword: { secretKeyRef: { name: 'mesh', key: 'password' } } })
    cluster.addNode('a', { v4: '10.0.0.1/24' })
    cluster.addNode('b', { v4: '10.0.0.2/24' })
    cluster.addPool('v4', '10.244.0.0/16')
    const own = { secrets: { client, namespace } }
    const a = stack.use(await startNode(cluster, 'a', left, own))
    const b = stack.use(await startNode(cluster, 'b', right, own))
    const sessions = async (node: TestNode) => {
      const { peers } = await node.bgp.status()
      return peers.map(({ address, state, since }) => `${address} ${state} ${since}`)
    }
    const findings = async () => (await a.bgp.status()).findings.map(({ reason: why }) => why)
    await eventually(async () => {
      expect([...(await sessions(a)), ...(await sessions(b))].join()).toMatch(/ up .* up /)
    }, patience)
    const before = [await sessions(a), await sessions(b)]

    await a.stopAgent()
    a.startAgent()
    await eventually(async () => {
      expect(a.bgp.ready).toBe(true)
      expect(await findings()).toEqual([])
    }, patience)
    expect([await sessions(a), await sessions(b)]).toEqual(before)

    // The API server is away, and with it the Secret: first known from the last plan, then from gobgpd alone.
    await a.stopAgent()
    await api.kill()
    const synced = Promise.withResolvers<void>()
    a.startAgent({ synced: synced.promise })
    await eventually(async () => expect((await a.bgp.status()).plan).toBe('last known good'), patience)
    synced.resolve()
    await eventually(async () => expect(await findings()).toEqual(['PasswordUnread']), patience)
    await eventually(() => expect(a.bgp.ready).toBe(true), patience)
    expect([await sessions(a), await sessions(b)]).toEqual(before)

    await a.stopAgent()
    a.startAgent({ statePath: `${api.folder}/none.json` })
    await eventually(() => expect(a.bgp.ready).toBe(true), patience)
    expect(await findings()).toEqual(['PasswordUnread'])
    cluster.addBlock('a', '10.244.1.0/26')
    await eventually(async () => expect((await b.bgp.status()).routes.learned).toBe(1), patience)
    expect([await sessions(a), await sessions(b)]).toEqual(before)

    await api.start()
    await eventually(async () => expect(await findings()).toEqual([]), patience)
    cluster.addBlock('a', '10.244.2.0/26')
    await eventually(async () => expect((await b.bgp.status()).routes.learned).toBe(2), patience)
    expect([await sessions(a), await sessions(b)]).toEqual(before)

    await client.delete(secrets, { namespace, name: 'mesh' })
    await eventually(async () => expect(await findings()).toEqual(['PasswordMissing']), patience)
    expect(await sessions(a)).toEqual([])
  }, 240_000)
})
