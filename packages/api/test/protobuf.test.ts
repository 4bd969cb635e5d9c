import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import fc from 'fast-check'
import { Agent, request } from 'undici'
import { parse, stringify } from 'yaml'
import {
  type Container,
  createClient,
  createInformer,
  IPPool,
  isApiError,
  type KubernetesObject,
  type Message,
  type NetworkPolicy,
  type New,
  namespaceMessage,
  namespaces,
  networkPolicies,
  networkPolicyMessage,
  networkPolicyToPolicy,
  nodeMessage,
  nodes,
  type Pod,
  podEndpoint,
  podMessage,
  pods,
  type Resource,
  resourceOf,
  serviceAccountMessage,
  serviceAccounts,
  silentLogger,
  type WatchEvent,
} from '../src/index.ts'
import type { ApiServer } from './api-server.ts'
import { trimTo } from './trim-to.ts'
import { withApiServer } from './with-api-server.ts'

const name = fc.stringMatching(/^[a-z]([a-z0-9]{0,8}[a-z0-9])?$/)
const labels = fc.dictionary(name, fc.oneof(name, fc.constant('')), { maxKeys: 4, noNullPrototype: true })
const port = fc.record(
  {
    name: name.filter((text) => text.length > 1),
    containerPort: fc.integer({ min: 1, max: 65_535 }),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
  },
  { requiredKeys: ['containerPort'] },
)
const ports = fc.uniqueArray(port, { maxLength: 3, selector: ({ name: own = '' }) => own })
const container = { image: fc.constant('registry.example/application:1'), ports }
/** The API server takes no IPv4 in IPv6. */
const ipV6 = fc.ipV6().filter((text) => !text.includes('.'))
const ip = fc.oneof(fc.ipV4(), ipV6)

/** Pods as the API server takes them, and the status that kubelet would write. */
const podArbitrary = fc.record({
  labels,
  annotations: fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 3, noNullPrototype: true }),
  nodeName: fc.option(name, { nil: undefined }),
  hostNetwork: fc.boolean(),
  containers: fc.array(fc.record(container), { minLength: 1, maxLength: 3 }),
  initContainers: fc.array(
    fc.record({ ...container, restartPolicy: fc.constant('Always' as const) }, { requiredKeys: ['image', 'ports'] }),
    { maxLength: 2 },
  ),
  phase: fc.constantFrom('Pending' as const, 'Running' as const, 'Succeeded' as const, 'Failed' as const),
  // One of each family at most, the first one of either.
  addresses: fc.oneof(
    fc.constant<string[]>([]),
    ip.map((one) => [one]),
    fc.tuple(fc.ipV4(), ipV6).map((both) => [...both]),
    fc.tuple(ipV6, fc.ipV4()).map((both) => [...both]),
  ),
})

type PodShape = typeof podArbitrary extends fc.Arbitrary<infer Shape> ? Shape : never

const policySpecs = [
  {},
  { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  { podSelector: { matchLabels: { app: 'a', empty: '' } }, ingress: [{}], egress: [] },
  {
    podSelector: {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'NotIn', values: ['z'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    },
    policyTypes: ['Egress'],
    egress: [
      { to: [{ podSelector: {} }, { namespaceSelector: {} }, { namespaceSelector: {}, podSelector: {} }] },
      { to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] } }] },
      { to: [{ ipBlock: { cidr: 'fd00::/8' } }], ports: [{ port: 80 }, { protocol: 'UDP' }] },
      {
        ports: [
          { port: 'http', protocol: 'SCTP' },
          { port: 1000, endPort: 2000 },
        ],
      },
    ],
  },
] as const

withApiServer('the binary encoding', (api) => {
  async function createPod(podName: string, given: PodShape) {
    const { labels: own, annotations, phase, addresses } = given
    const pod = await api.client.create(pods, {
      metadata: { namespace: 'default', name: podName, labels: own, annotations },
      spec: specOf(given),
    })
    const [podIP] = addresses
    const podIPs = addresses.map((address) => ({ ip: address }))
    await api.client.patchStatus(pods, pod.metadata, {
      status: { phase, ...(podIP === undefined ? {} : { podIP, podIPs }) },
    })
  }

  /** Reads everything both ways, and finds the same. */
  async function expectSame<T extends KubernetesObject>(resource: Resource<T>, message: Message<T>): Promise<T[]> {
    const json = await api.client.list(resource)
    const binary = await api.client.list(resource, { message, resourceVersion: json.resourceVersion })
    expect(binary.items.length).toBeGreaterThan(0)
    const kept = json.items.map((item) => trimTo(item, message))
    expect(binary.items).toEqual(kept)
    // Whether a server gave all of it at once makes no difference.
    const paged: T[] = []
    for await (const page of api.client.listPages(resource, { message, limit: 2 })) paged.push(...page.items)
    expect(paged).toEqual(kept)
    return [...binary.items]
  }

  test('pods of all shapes are read as their JSON is', async () => {
    const shapes = fc.sample(podArbitrary, { numRuns: 40, seed: 4 })
    await Promise.all(shapes.map((shape, index) => createPod(`shape-${index}`, shape)))
    const binary = await expectSame(pods, podMessage)
    const json = await api.client.list(pods)
    expect(binary.map(podEndpoint)).toEqual(json.items.map(podEndpoint))
    expect(binary.map(podEndpoint).filter((endpoint) => endpoint !== undefined).length).toBeGreaterThan(5)
    await Promise.all(json.items.map(({ metadata }) => api.client.delete(pods, metadata, { gracePeriodSeconds: 0 })))
  }, 60_000)

  test('a pod that is being deleted says since when', async () => {
    const metadata = { namespace: 'default', name: 'ending', finalizers: ['manx.test/kept'] }
    await api.client.create(pods, { metadata, spec: { containers: [{ name: 'one', image: 'one' }] } })
    await api.client.delete(pods, 'default/ending')
    const [ending] = await expectSame(pods, podMessage)
    expect(ending?.metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(ending?.metadata.uid).toEqual(expect.any(String))
    await api.client.patch(pods, 'default/ending', { metadata: { finalizers: null } })
  })

  test('namespaces, service accounts, nodes and policies are read as their JSON is', async () => {
    await api.client.create(namespaces, {
      metadata: { name: 'team', labels: { team: 'a' }, annotations: { note: 'x' } },
    })
    await api.client.create(serviceAccounts, { metadata: { namespace: 'team', name: 'robot', labels: { role: 'b' } } })
    await api.client.create(nodes, {
      metadata: { name: 'node-1', annotations: { 'projectcalico.org/IPv4Address': '10.0.0.1/24' } },
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'], unschedulable: true },
    })
    await api.client.patchStatus(nodes, 'node-1', {
      status: {
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        conditions: [{ type: 'NetworkUnavailable', status: 'False', reason: 'x', message: 'y' }],
      },
    })
    for (const [index, spec] of policySpecs.entries()) {
      // As users write it, in JSON.
      const metadata = { namespace: 'team', name: `policy-${index}` }
      await api.client.create(networkPolicies, { metadata, spec } as unknown as New<NetworkPolicy>)
    }
    await expectSame(namespaces, namespaceMessage)
    await expectSame(serviceAccounts, serviceAccountMessage)
    await expectSame(nodes, nodeMessage)
    const policies = await expectSame(networkPolicies, networkPolicyMessage)
    const json = await api.client.list(networkPolicies)
    expect(policies.map(networkPolicyToPolicy)).toEqual(json.items.map(networkPolicyToPolicy))
  })

  test('a watch tells the same events, bookmarks included', async () => {
    const { resourceVersion } = await api.client.list(pods)
    const seen = async (message?: Message<Pod>): Promise<WatchEvent<Pod>[]> => {
      const options = { resourceVersion, timeoutSeconds: 5, ...(message === undefined ? {} : { message }) }
      const events: WatchEvent<Pod>[] = []
      for await (const event of api.client.watch(pods, options)) events.push(event)
      return events
    }
    const watched = Promise.all([seen(), seen(podMessage)])
    const [shape] = fc.sample(podArbitrary, { numRuns: 1, seed: 7 })
    if (shape !== undefined) await createPod('watched', shape)
    await api.client.delete(pods, 'default/watched', { gracePeriodSeconds: 0 })
    const [json, binary] = await watched
    const kept = json.map((event) =>
      event.type === 'BOOKMARK' ? event : { ...event, object: trimTo(event.object, podMessage) },
    )
    expect(binary).toEqual(kept)
    // The server sends a bookmark before it ends a watch.
    expect(binary.map(({ type }) => type)).toEqual(expect.arrayContaining(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']))
  }, 30_000)

  test('failures have the same code and words in both encodings', async () => {
    const failureOf = async (work: () => Promise<unknown>) => {
      const error = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (!isApiError(error)) throw new Error('no ApiError', { cause: error })
      const { code, status, message, causes } = error
      return { code, status, message, causes }
    }
    const both = async (work: (message: { readonly message?: typeof podMessage }) => Promise<unknown>) => {
      const binary = await failureOf(() => work({ message: podMessage }))
      expect(binary).toEqual(await failureOf(() => work({})))
      return binary
    }
    const drain = async (events: AsyncIterable<unknown>) => {
      for await (const _ of events);
    }
    expect(await both((way) => api.client.list(pods, { ...way, fieldSelector: 'nothing=1' }))).toMatchObject({
      code: 'BadRequest',
      status: 400,
      message: expect.stringContaining('nothing'),
    })
    await api.server.forget()
    expect(await both((way) => drain(api.client.watch(pods, { ...way, resourceVersion: '1' })))).toMatchObject({
      code: 'Gone',
    })
  }, 90_000)

  test('kinds that have no binary form come as JSON, whole', async () => {
    const spec = { cidr: '10.9.0.0/16' }
    await api.client.create(resourceOf(IPPool), { metadata: { name: 'pool' }, spec })
    // It lacks all but the metadata, as would what is read by it.
    const message = namespaceMessage as unknown as Message<IPPool>
    const { items } = await api.client.list(resourceOf(IPPool), { message })
    expect(items[0]).toMatchObject({ kind: 'IPPool', spec })
  })

  test('one odd answer on the way is no reason to give up the encoding', async () => {
    const odd = ['text/html', 'application/json']
    await using proxy = await startProxy(api.server, (answer, response) => {
      const type = odd.shift()
      response.writeHead(200, { 'content-type': type ?? 'application/vnd.kubernetes.protobuf' })
      return response.end(type === undefined ? answer : '<html>Sign in</html>')
    })
    await using followed = await follow(proxy.kubeconfig)
    await eventually(() => expect(followed.names()).toContain('default'))
    expect(odd).toEqual([])
    expect(followed.warnings).toEqual([expect.stringContaining('Cannot follow namespaces, will try again')])
  })

  test.each(['refuses', 'garbles', 'cuts'])(
    'an informer behind something that %s the encoding reads JSON',
    async (how) => {
      await using proxy = await startProxy(api.server, (answer, response) => {
        if (how === 'refuses') return response.writeHead(406).end()
        response.writeHead(200, { 'content-type': 'application/vnd.kubernetes.protobuf' })
        return response.end(how === 'cuts' ? answer.subarray(0, answer.length / 2) : garbled(answer))
      })
      await using followed = await follow(proxy.kubeconfig)
      await eventually(() => expect(followed.names()).toContain('default'))
      expect(followed.warnings).toContainEqual(expect.stringContaining('as JSON from now on'))
    },
  )
})

function specOf(given: PodShape) {
  const { nodeName, hostNetwork, containers, initContainers } = given
  // On the host's network, ports must be the host's.
  const named =
    (prefix: string) =>
    <C extends Omit<Container, 'name'>>(one: C, index: number) => ({
      ...one,
      name: `${prefix}-${index}`,
      ports: hostNetwork ? [] : (one.ports ?? []),
    })
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    hostNetwork,
    containers: containers.map(named('main')),
    initContainers: initContainers.map(named('init')),
  }
}

/** Other bytes of the same length, the same each time. */
function garbled(answer: Buffer): Buffer {
  const key = createHash('sha256').update('garbled').digest()
  return Buffer.from(answer.map((byte, index) => byte ^ (key[index % key.length] ?? 0)))
}

/** Stands before the API server, and answers requests for the binary encoding in its own way. */
async function startProxy(server: ApiServer, answerBinary: (answer: Buffer, response: ServerResponse) => unknown) {
  const agent = new Agent({ connect: { rejectUnauthorized: false } })
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { accept = '' } = incoming.headers
    const answer = await request(`${server.server}${incoming.url}`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${server.token}`, accept },
    })
    if (accept.includes('protobuf')) {
      answerBinary(await buffer(answer.body), response)
      return
    }
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) })
    answer.body.on('error', () => response.destroy()).pipe(response)
  }
  const proxy = createServer((incoming, response) => void handle(incoming, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port: own } = proxy.address() as AddressInfo
  const kubeconfig = join(server.folder, `proxy-${own}.yaml`)
  const config = parse(readFileSync(server.kubeconfig, 'utf8'))
  // The library takes http only with this.
  config.clusters[0].cluster = { server: `http://127.0.0.1:${own}`, 'insecure-skip-tls-verify': true }
  writeFileSync(kubeconfig, stringify(config))
  return {
    kubeconfig,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      proxy.close()
      await agent.destroy()
    },
  }
}

/** An informer of namespaces that asks for the binary encoding. */
async function follow(kubeconfig: string) {
  const warnings: string[] = []
  const client = await createClient({ kubeconfig })
  const stop = new AbortController()
  const informer = createInformer(client, namespaces, {
    message: namespaceMessage,
    logger: { ...silentLogger, warn: (text) => void warnings.push(text) },
    project: ({ metadata }) => metadata.name,
  })
  const ended = informer.run(stop.signal)
  return {
    warnings,
    names: () => [...informer.store.list()],
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
      await client.close()
    },
  }
}
