import { accessSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipReason } from '@manx/testbed'
import { type ApiServer, startApiServer, type User } from './api-server.ts'

const folder = process.env.MANX_COMPONENTS
const wanted = ['etcd', 'kube-apiserver', 'kubectl']
const isThere = (path: string) => {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
const lacks = folder === undefined || !wanted.every((name) => isThere(join(folder, name)))
const reason = lacks ? `needs MANX_COMPONENTS with ${wanted.join(', ')}` : skipReason({ commands: ['curl'] })
const suite = reason === undefined ? describe : describe.skip

const deploy = join(import.meta.dirname, '..', '..')
const agent: User = { name: 'system:serviceaccount:manx-system:manx-agent', node: 'node1' }
const controllers: User = { name: 'system:serviceaccount:manx-system:manx-controllers' }
const calico = '/apis/projectcalico.org/v3'
const merge = 'application/merge-patch+json'

const affinity = (node: string, cidr: string) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'BlockAffinity',
  metadata: { name: `${node}-${cidr.replaceAll(/[./]/g, '-')}` },
  spec: { cidr, node, state: 'confirmed', type: 'host', deleted: false },
})
const block = (node: string, third: number, attributes: readonly object[] = []) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPAMBlock',
  metadata: { name: `10-0-${third}-0-26` },
  spec: {
    cidr: `10.0.${third}.0/26`,
    affinity: `host:${node}`,
    allocations: [attributes.length === 0 ? null : 0, ...Array(63).fill(null)],
    unallocated: Array.from({ length: 64 }, (_, ordinal) => ordinal).slice(attributes.length),
    attributes,
    deleted: false,
    strictAffinity: false,
  },
})
const owner = (node: string) => ({ handle_id: 'k8s-pod-network.x', secondary: { node, pod: 'p', namespace: 'n' } })
const pool = (name: string) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name },
  spec: { cidr: '10.0.0.0/16', blockSize: 26, ipipMode: 'Never', vxlanMode: 'Never' },
})

suite(`the manifests on a real API server${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let api: ApiServer

  beforeAll(async () => {
    api = await startApiServer()
    await api.kubectl(['apply', '--server-side', '-k', join(deploy, 'base')])
    await api.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
    const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
    const pod = (name: string, nodeName: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName, containers: [{ name: 'c', image: 'x' }] },
    })
    const items = [node('node1'), node('node2'), pod('pod1', 'node1'), pod('pod2', 'node2')]
    await api.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    // The policies are watched by the API server itself: until it has them, everything passes.
    for (let refused = false; !refused; ) {
      refused = (await api.as(agent, 'POST', `${calico}/ippools?dryRun=All`, pool('mine'))).status === 422
    }
  }, 120_000)
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
  })

  test('apply again without a change', async () => {
    const answer = await api.kubectl(['diff', '--server-side', '-k', join(deploy, 'base')])
    expect(answer).toBe('')
  }, 60_000)

  test('of the overlay with BGP passwords grant one Secret by name', async () => {
    const path = '/api/v1/namespaces/manx-system/secrets'
    expect((await api.as(agent, 'GET', `${path}/bgp-passwords`)).status).toBe(403)
    await api.kubectl(['apply', '-f', join(deploy, 'components', 'bgp-passwords', 'agent-secrets.yaml')])
    expect((await api.as(agent, 'GET', `${path}/bgp-passwords`)).status).toBe(404)
    expect((await api.as(agent, 'GET', `${path}/other`)).status).toBe(403)
    expect((await api.as(agent, 'GET', path)).status).toBe(403)
    expect((await api.as(agent, 'GET', `${path}?fieldSelector=metadata.name%3Dbgp-passwords`)).status).toBe(200)
  })

  const annotations = { metadata: { annotations: { 'projectcalico.org/IPv4Address': '10.1.0.1/24' } } }
  const foreign = { ...agent, node: 'node2' }
  const noPod = { name: agent.name }
  for (const [name, user, method, path, body, status] of [
    ['patches the status of its node', agent, 'PATCH', '/api/v1/nodes/node1/status', annotations, 200],
    ['does not patch that of another node', agent, 'PATCH', '/api/v1/nodes/node2/status', annotations, 422],
    ['does not patch its node beside the status', agent, 'PATCH', '/api/v1/nodes/node1', annotations, 403],
    ['patches the status of its pods', agent, 'PATCH', '/api/v1/namespaces/default/pods/pod1/status', annotations, 200],
    [
      "does not patch another node's pods",
      agent,
      'PATCH',
      '/api/v1/namespaces/default/pods/pod2/status',
      annotations,
      422,
    ],
    ['does nothing with a token that no pod has', noPod, 'PATCH', '/api/v1/nodes/node1/status', annotations, 422],
    ['claims a block', agent, 'POST', `${calico}/blockaffinities`, affinity('node1', '10.0.1.0/26'), 201],
    ['does not claim for others', agent, 'POST', `${calico}/blockaffinities`, affinity('node2', '10.0.2.0/26'), 422],
    ['makes its block', agent, 'POST', `${calico}/ipamblocks`, block('node1', 1), 201],
    ['does not make a block of others', agent, 'POST', `${calico}/ipamblocks`, block('node2', 2), 422],
    ['makes the default pool', agent, 'POST', `${calico}/ippools`, pool('default-ipv4-ippool'), 201],
    ['makes no other pool', agent, 'POST', `${calico}/ippools`, pool('mine'), 422],
    ['does not delete a pool', agent, 'DELETE', `${calico}/ippools/default-ipv4-ippool`, undefined, 403],
    ['reads no Secret', agent, 'GET', '/api/v1/namespaces/kube-system/secrets', undefined, 403],
    [
      'reads what kubeadm was told',
      agent,
      'GET',
      '/api/v1/namespaces/kube-system/configmaps/kubeadm-config',
      undefined,
      404,
    ],
    ['reads no other ConfigMap', agent, 'GET', '/api/v1/namespaces/kube-system/configmaps/x', undefined, 403],
    ['lists pods', agent, 'GET', '/api/v1/pods', undefined, 200],
    ['lists services', agent, 'GET', '/api/v1/services', undefined, 200],
    [
      "does not delete another's affinity",
      foreign,
      'DELETE',
      `${calico}/blockaffinities/node1-10-0-1-0-26`,
      undefined,
      422,
    ],
    ["does not delete another's block", foreign, 'DELETE', `${calico}/ipamblocks/10-0-1-0-26`, undefined, 422],
  ] as const) {
    test(`an agent ${name}`, async () => {
      const answer = await api.as(user, method, path, body, method === 'PATCH' ? merge : undefined)
      expect([answer.status, answer.message]).toEqual([
        status,
        status === 422 ? expect.stringContaining('an agent') : expect.anything(),
      ])
    })
  }

  test('an agent borrows from the block of another, and touches nothing of the owner', async () => {
    await api.as(controllers, 'POST', `${calico}/ipamblocks`, block('node2', 3, [owner('node2')]))
    const path = `${calico}/ipamblocks/10-0-3-0-26`
    const patch = (spec: object) => api.as(agent, 'PUT', path, spec)
    const version = async () =>
      (JSON.parse(await api.kubectl(['get', 'ipamblock', '10-0-3-0-26', '-o', 'json'])) as { metadata: object })
        .metadata
    const put = async (attributes: readonly object[], node = 'node2') =>
      (await patch({ ...block(node, 3, attributes), metadata: await version() })).status
    expect(await put([owner('node2'), owner('node1')])).toBe(200)
    expect(await put([owner('node2')])).toBe(200)
    expect(await put([owner('node1')])).toBe(422)
    expect(await put([owner('node2')], 'node1')).toBe(422)
    expect(await put([owner('node2'), owner('node3')])).toBe(422)
  })

  test('the controllers do for every node what agents do for theirs, and lead by their own lease', async () => {
    expect((await api.as(controllers, 'POST', `${calico}/ipamblocks`, block('node2', 4))).status).toBe(201)
    expect((await api.as(controllers, 'DELETE', `${calico}/ipamblocks/10-0-4-0-26`)).status).toBe(200)
    const leases = '/apis/coordination.k8s.io/v1/namespaces/manx-system/leases'
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'manx-controllers' } }
    expect((await api.as(controllers, 'POST', leases, lease)).status).toBe(201)
    expect((await api.as(controllers, 'GET', `${leases}/manx-controllers`)).status).toBe(200)
    expect((await api.as(controllers, 'GET', `${leases}/other`)).status).toBe(403)
    expect((await api.as(controllers, 'PATCH', '/api/v1/nodes/node1/status', annotations, merge)).status).toBe(403)
  })
})

test('the manifests name the image and the version of this package', () => {
  const { version } = JSON.parse(readFileSync(join(deploy, 'image', 'package.json'), 'utf8')) as { version: string }
  for (const file of ['agent.yaml', 'controllers.yaml']) {
    const images = readFileSync(join(deploy, 'base', file), 'utf8').match(/(?<=image: )\S+/g)
    expect(new Set(images)).toEqual(new Set([`localhost/manx:${version}`]))
  }
})
