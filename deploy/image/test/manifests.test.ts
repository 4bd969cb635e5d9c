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
const owner = (node: string, id = 'x') => ({
  handle_id: `k8s-pod-network.${id}`,
  secondary: { node, pod: 'p', namespace: 'n' },
})
const cooling = (time: string) => ({ releasedAt: `2026-01-01T${time}Z` })

const warning = (change: object = {}) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'web.0123', namespace: 'default' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  type: 'Warning',
  reason: 'InvalidPolicy',
  action: 'Reject',
  note: 'spec.ingress[0]: wrong',
  reportingController: 'manx-agent',
  reportingInstance: 'node1',
  regarding: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: 'default', name: 'web' },
  ...change,
})

// A block of node2: address 0 is in use there, 1 rests, 2 is borrowed by node1, 3 is in use by node3, the others are free.
const others = Array.from({ length: 60 }, (_, index) => index + 4)
const borrowed = {
  ...block('node2', 3).spec,
  affinityClaimTime: '2026-01-01T00:00:00Z',
  allocations: [0, 1, 2, 3, ...Array<number | null>(60).fill(null)],
  unallocated: others,
  attributes: [
    owner('node2'),
    { ...cooling('00:00:00'), secondary: { node: 'node3' } },
    owner('node1'),
    owner('node3'),
  ],
  sequenceNumber: 1000,
  sequenceNumberForAllocation: { 0: 900, 1: 901, 2: 902, 3: 903 } as Record<string, number>,
}
const next = (spec: object) => ({ ...spec, sequenceNumber: ((spec as typeof borrowed).sequenceNumber ?? 0) + 1 })
const point = (ordinal: number, index: number | null) =>
  borrowed.allocations.map((old, place) => (place === ordinal ? index : old))
const free = (ordinal: number) => point(ordinal, null)
const { attributes } = borrowed
const sequence = (changes: object) => ({ ...borrowed.sequenceNumberForAllocation, ...changes })

// What an agent on node1 may and may not do to it.
const borrowing: readonly (readonly [string, 200 | 422, object])[] = (
  [
    ['take a free address', 200, { allocations: point(4, 2), unallocated: others.slice(1) }],
    [
      'take a free address for another pod',
      200,
      {
        allocations: point(9, 4),
        unallocated: others.filter((ordinal) => ordinal !== 9),
        attributes: [...attributes, owner('node1', 'y')],
        sequenceNumberForAllocation: sequence({ 9: 1000 }),
      },
    ],
    ['give its own back', 200, { allocations: free(2), unallocated: [...others, 2] }],
    ['let its own rest', 200, { allocations: point(2, 4), attributes: [...attributes, cooling('01:00:00')] }],
    [
      'let its own rest under its name',
      200,
      {
        allocations: point(2, 4),
        attributes: [...attributes, { ...cooling('01:00:00'), secondary: { node: 'node1' } }],
      },
    ],
    ["let its own rest under another's name", 422, { allocations: point(2, 1) }],
    ['free what rested', 200, { allocations: free(1), unallocated: [...others, 1] }],
    [
      'order the attributes anew',
      200,
      {
        allocations: [2, null, null, 0, ...free(0).slice(4)],
        unallocated: [...others, 1, 2],
        attributes: [attributes[3], attributes[1], attributes[0]],
      },
    ],
    ['free what the owner uses', 422, { allocations: free(0), unallocated: [...others, 0] }],
    ['free what another borrows', 422, { allocations: free(3), unallocated: [...others, 3] }],
    ['free everything', 422, { allocations: Array(64).fill(null), unallocated: [...others, 0, 1, 2, 3] }],
    ['take what the owner uses', 422, { allocations: point(0, 2) }],
    ['let rest what the owner uses', 422, { allocations: point(0, 1) }],
    ['give its own to another node', 422, { allocations: point(2, 3) }],
    ['rename a holder', 422, { attributes: [owner('node2', 'y'), ...attributes.slice(1)] }],
    [
      'say that a holder rests',
      422,
      { attributes: [{ ...owner('node2'), ...cooling('00:00:00') }, ...attributes.slice(1)] },
    ],
    ['point nowhere', 422, { allocations: point(2, 9) }],
    ['list what is in use as free', 422, { unallocated: [...others, 0] }],
    ['list an address twice', 422, { unallocated: [4, 4, ...others.slice(2)] }],
    ['list a new one twice', 422, { allocations: free(2), unallocated: [...others.slice(0, -1), 2, 2] }],
    ['hide free addresses', 422, { unallocated: others.slice(1) }],
    ['order free addresses anew', 422, { unallocated: others.toReversed() }],
    ['change the number of a holder', 422, { sequenceNumberForAllocation: sequence({ 0: 901 }) }],
    ['remove the number of a holder', 422, { sequenceNumberForAllocation: { 2: 902 } }],
    ['exhaust the numbers', 422, { sequenceNumber: 2 ** 53 }],
    ['count back', 422, { sequenceNumber: 10 }],
    ['shorten the block', 422, { allocations: borrowed.allocations.slice(0, 32), unallocated: others.slice(0, 28) }],
    ['move the block', 422, { cidr: '10.0.4.0/26' }],
    ['mark it as deleted', 422, { deleted: true }],
    ['change the time of the claim', 422, { affinityClaimTime: '2026-01-02T00:00:00Z' }],
    ['claim it', 422, { affinity: 'host:node1' }],
    ['take it from its owner', 422, { affinity: undefined, affinityClaimTime: undefined }],
  ] as const
).map(([name, status, changes]) => [name, status, { ...next(borrowed), ...changes }])
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
  const labels = { metadata: { labels: { app: 'db' } } }
  const finalizers = { metadata: { finalizers: ['example.com/stays'] } }
  const foreign = { ...agent, node: 'node2' }
  const eventsPath = '/apis/events.k8s.io/v1/namespaces/default/events'
  const daemonSets = '/apis/apps/v1/namespaces/manx-system/daemonsets'
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
    ['does not label its node', agent, 'PATCH', '/api/v1/nodes/node1/status', labels, 422],
    ['does not label its pods', agent, 'PATCH', '/api/v1/namespaces/default/pods/pod1/status', labels, 422],
    ['does not keep its pods', agent, 'PATCH', '/api/v1/namespaces/default/pods/pod1/status', finalizers, 422],
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
    ['lists service accounts', agent, 'GET', '/api/v1/serviceaccounts', undefined, 200],
    ['lists network policies', agent, 'GET', '/apis/networking.k8s.io/v1/networkpolicies', undefined, 200],
    ['follows its DaemonSet', agent, 'GET', `${daemonSets}?fieldSelector=metadata.name%3Dmanx-node`, undefined, 200],
    ['follows no other DaemonSet', agent, 'GET', daemonSets, undefined, 403],
    ['warns of an object', agent, 'POST', eventsPath, warning(), 201],
    ['does not warn twice', agent, 'POST', eventsPath, warning(), 409],
    ['does not warn for another node', foreign, 'POST', eventsPath, warning(), 422],
    ['warns of nothing else', agent, 'POST', eventsPath, warning({ reason: 'Scheduled' }), 422],
    ['does not change what was said', agent, 'PATCH', `${eventsPath}/web.0123`, { note: 'right' }, 403],
    ['reads no services', agent, 'GET', '/api/v1/services', undefined, 403],
    ['does not list handles', agent, 'GET', `${calico}/ipamhandles`, undefined, 403],
    ['writes no pool status', agent, 'PATCH', `${calico}/ippools/default-ipv4-ippool/status`, {}, 403],
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

  describe('in the block of another node an agent', () => {
    const path = `${calico}/ipamblocks/10-0-3-0-26`
    let metadata: object
    beforeAll(async () => {
      const { metadata: named, ...rest } = { ...block('node2', 3), spec: borrowed }
      await api.as(controllers, 'POST', `${calico}/ipamblocks`, { metadata: named, ...rest })
      const text = await api.kubectl(['get', 'ipamblock', '10-0-3-0-26', '-o', 'json'])
      metadata = (JSON.parse(text) as { metadata: object }).metadata
    })
    const put = (spec: object, more: object = {}) =>
      api.as(agent, 'PUT', `${path}?dryRun=All`, { ...block('node2', 3), metadata: { ...metadata, ...more }, spec })

    for (const [name, status, spec] of borrowing) {
      test(`${status === 200 ? 'may' : 'may not'} ${name}`, async () => {
        const answer = await put(spec)
        expect([answer.status, answer.message]).toEqual([
          status,
          status === 200 ? '' : expect.stringMatching(/manx-agent-blocks|spec\.cidr: .*cannot be changed/),
        ])
      })
    }

    for (const [name, more] of [
      ['labels', { labels: { a: 'b' } }],
      ['finalizers', { finalizers: ['example.com/x'] }],
      ['owners', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'gone', uid: '1' }] }],
    ] as const) {
      test(`may not change ${name}`, async () => {
        expect((await put(next(borrowed), more)).status).toBe(422)
      })
    }
  })

  test('an agent takes a block that nobody has and deletes it, but not with the addresses of others in it', async () => {
    const { affinity: _, ...unowned } = borrowed
    const made = (spec: object) => ({ ...block('node2', 5), spec: { ...spec, cidr: '10.0.5.0/26' } })
    await api.as(controllers, 'POST', `${calico}/ipamblocks`, made(unowned))
    let { metadata } = JSON.parse(await api.kubectl(['get', 'ipamblock', '10-0-5-0-26', '-o', 'json'])) as {
      metadata: object
    }
    const put = async (spec: object) =>
      (await api.as(agent, 'PUT', `${calico}/ipamblocks/10-0-5-0-26?dryRun=All`, { ...made(next(spec)), metadata }))
        .status
    expect(await put({ ...unowned, affinity: 'host:node1' })).toBe(422)
    expect(await put({ ...unowned, affinity: 'host:node1', allocations: free(0), unallocated: [...others, 0] })).toBe(
      422,
    )
    expect(await put({ ...unowned, deleted: true })).toBe(422)
    // What rests is nobody's, whoever had it.
    const own = { ...unowned, attributes: [owner('node1'), ...attributes.slice(1, 3), cooling('00:00:00')] }
    const stored = { ...made(own), metadata }
    expect((await api.as(controllers, 'PUT', `${calico}/ipamblocks/10-0-5-0-26`, stored)).status).toBe(200)
    const changed = JSON.parse(await api.kubectl(['get', 'ipamblock', '10-0-5-0-26', '-o', 'json'])) as {
      metadata: object
    }
    metadata = changed.metadata
    expect(await put({ ...own, affinity: 'host:node1' })).toBe(200)
    expect(await put({ ...own, affinity: 'host:node2' })).toBe(422)
    const none = { ...own, allocations: [null, 1, null, 3, ...free(0).slice(4)], unallocated: [...others, 0, 2] }
    expect(await put({ ...none, deleted: true })).toBe(200)
  })

  test('an agent finishes a deletion that the owner began', async () => {
    const path = `${calico}/ipamblocks/10-0-6-0-26`
    const marked = { ...block('node2', 6), spec: { ...block('node2', 6).spec, deleted: true } }
    await api.as(controllers, 'POST', `${calico}/ipamblocks`, marked)
    expect((await api.as(agent, 'DELETE', path)).status).toBe(200)
  })

  test('an agent names a block after its CIDR', async () => {
    const made = { ...block('node1', 7), metadata: { name: '10-0-8-0-26' } }
    expect((await api.as(agent, 'POST', `${calico}/ipamblocks?dryRun=All`, made)).status).toBe(422)
    const six = { ...block('node1', 7), metadata: { name: 'fd00-10-244--40-122' } }
    const spec = { ...six.spec, cidr: 'fd00:10:244::40/122' }
    expect((await api.as(agent, 'POST', `${calico}/ipamblocks?dryRun=All`, { ...six, spec })).status).toBe(201)
  })

  test('an agent borrows from the largest block there is', async () => {
    const large = (spec: object) => ({ ...block('node2', 0), metadata: { name: '10-1-0-0-20' }, spec })
    const spec = {
      cidr: '10.1.0.0/20',
      affinity: 'host:node2',
      allocations: Array.from({ length: 4096 }, (_, ordinal) => (ordinal < 4000 ? ordinal : null)),
      unallocated: Array.from({ length: 96 }, (_, index) => 4000 + index),
      attributes: Array.from({ length: 4000 }, (_, index) => owner(index < 8 ? 'node1' : 'node2', `${index}`)),
      sequenceNumber: 5000,
      sequenceNumberForAllocation: Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [index, index])),
      strictAffinity: false,
      deleted: false,
    }
    await api.as(controllers, 'POST', `${calico}/ipamblocks`, large(spec))
    const { metadata } = JSON.parse(await api.kubectl(['get', 'ipamblock', '10-1-0-0-20', '-o', 'json'])) as {
      metadata: object
    }
    const put = async (changed: object) => {
      const path = `${calico}/ipamblocks/10-1-0-0-20?dryRun=All`
      return (await api.as(agent, 'PUT', path, { ...large(next(changed)), metadata })).message
    }
    const without = (count: number) => spec.allocations.map((index, ordinal) => (ordinal < count ? null : index))
    const freed = Array.from({ length: 8 }, (_, ordinal) => ordinal)
    expect(await put({ ...spec, allocations: without(8), unallocated: [...spec.unallocated, ...freed] })).toBe('')
    const stolen = { ...spec, allocations: without(9), unallocated: [...spec.unallocated, ...freed, 8] }
    expect(await put(stolen)).toContain('an agent')
    const all = spec.allocations.map((index) => index ?? 4000)
    const attributes = [...spec.attributes, owner('node1')]
    expect(await put({ ...spec, allocations: all, unallocated: [], attributes })).toBe('')
  }, 30_000)

  test('agents and controllers read reservations, and the controllers write the status of pools', async () => {
    for (const user of [agent, controllers]) {
      expect((await api.as(user, 'GET', `${calico}/ipreservations`)).status).not.toBe(403)
    }
    const pool = `${calico}/ippools/no-such-pool`
    expect((await api.as(controllers, 'PATCH', `${pool}/status`, {}, merge)).status).toBe(404)
    expect((await api.as(agent, 'PATCH', pool, {}, merge)).status).toBe(403)
  })

  test('of pools and tiers the controllers write finalizers only, and they make the built-in tiers', async () => {
    const made = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name: 'fenced' } }
    await api.kubectl(['create', '-f', '-'], JSON.stringify({ ...made, spec: { cidr: '10.99.0.0/16' } }))
    const pool = `${calico}/ippools/fenced`
    const patch = async (path: string, change: object) =>
      (await api.as(controllers, 'PATCH', path, change, merge)).status
    expect(await patch(pool, { metadata: { finalizers: ['projectcalico.org/ippool-finalizer'] } })).toBe(200)
    expect(await patch(pool, { spec: { disabled: true } })).toBe(422)
    expect(await patch(pool, { metadata: { labels: { a: 'b' } } })).toBe(422)
    expect(await patch(pool, { metadata: { finalizers: null } })).toBe(200)
    await api.kubectl(['delete', 'ippool', 'fenced'])
    const tier = (name: string, spec: object) => ({ ...made, kind: 'Tier', metadata: { name }, spec })
    const make = async (body: object) => (await api.as(controllers, 'POST', `${calico}/tiers`, body)).status
    expect(await make(tier('kube-admin', { order: 1000, defaultAction: 'Pass' }))).toBe(201)
    expect(await make(tier('mine', { order: 1 }))).toBe(422)
  })

  test('the controllers grant nobody what they may not do themselves', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
    const role = (name: string, rule: object) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [rule],
    })
    const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }
    const pools = { apiGroups: ['projectcalico.org'], resources: ['ippools'], verbs: ['patch'] }
    const create = async (body: object) => (await api.as(controllers, 'POST', roles, body)).status
    expect(await create(role('manx-controllers-leaving', secrets))).toBe(403)
    expect(await create(role('manx-controllers-leaving', pools))).toBe(201)
    const grow = { rules: [secrets] }
    expect((await api.as(controllers, 'PATCH', `${roles}/manx-controllers-leaving`, grow, merge)).status).toBe(403)
    expect((await api.as(controllers, 'PATCH', `${roles}/manx-agent`, {}, merge)).status).toBe(403)
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
