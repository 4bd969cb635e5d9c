import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  BGPPeer,
  crdOf,
  IPAMBlock,
  IPPool,
  type KubernetesClient,
  type KubernetesObject,
  nodes,
  type Resource,
  resourceOf,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import { parse } from 'yaml'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import { patchObject } from '../src/commands/patch.ts'
import { requireKind } from '../src/kinds/all-cli-kinds.ts'
import { manxctl } from './manxctl.ts'

const reason = apiServerSkipReason()

;(reason === undefined ? describe : describe.skip)(
  `changes of what is there${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let server: ApiServer
    let client: KubernetesClient
    const pools = resourceOf(IPPool)
    const on = (args: readonly string[], input?: string) => manxctl([...args, '--kubeconfig', server.kubeconfig], input)
    beforeAll(async () => {
      server = await startApiServer()
      client = await server.client()
      await installKinds(client)
      await client.create(nodes, { metadata: { name: 'n1' } })
    }, 120_000)
    afterAll(async () => {
      await client?.close()
      await server?.stop()
    })

    /** The client, but somebody else writes between what is looked at and what is written. */
    const interrupted = (write: () => Promise<unknown>): KubernetesClient =>
      new Proxy(client, {
        get(target, key) {
          if (key !== 'patch') return Reflect.get(target, key).bind(target)
          const patch: KubernetesClient['patch'] = async (resource, ref, change, options = {}) => {
            const answer = await target.patch(resource, ref, change, options)
            if (options.dryRun === true) await write()
            return answer
          }
          return patch
        },
      })

    test('a label with the name of what all objects have is a label', async () => {
      for (const key of ['constructor', '__proto__', 'toString']) {
        const absent = await on(['label', 'node', 'n1', key, '--remove'])
        expect([absent.code, absent.stderr]).toEqual([1, [`Node n1 has no label ${key}`]])
      }
      expect((await on(['label', 'node', 'n1', 'constructor=x'])).code).toBe(0)
      expect((await client.get(nodes, 'n1')).metadata.labels).toEqual({ constructor: 'x' })
    })

    test('labels that are set at once are all set', async () => {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f']
      const results = await Promise.all(keys.map((key) => on(['label', 'node', 'n1', `${key}=1`])))
      expect(results.flatMap(({ code, stderr }) => [code, ...stderr])).toEqual(keys.map(() => 0))
      expect(Object.keys((await client.get(nodes, 'n1')).metadata.labels ?? {})).toEqual(expect.arrayContaining(keys))
    })

    test.each([
      ['merge', { spec: { disabled: true } }],
      ['json', [{ op: 'add', path: '/spec/disabled', value: true }]],
    ] as const)('a %s patch is of what was looked at', async (type, change) => {
      const name = `patched-${type}`
      await client.create(pools, {
        metadata: { name },
        spec: { cidr: type === 'json' ? '10.1.0.0/16' : '10.2.0.0/16' },
      })
      const kind = requireKind('ippool')
      const set = (nodeSelector: string) => () => client.patch(pools, name, { spec: { nodeSelector } })
      // With what comes between it is not right any more, which only a second look can find.
      await expect(patchObject(interrupted(set('rack ===')), kind, { name }, change)).rejects.toThrow(
        'spec.nodeSelector must',
      )
      expect((await client.get(pools, name)).spec.disabled).toBeUndefined()
      await set('all()')()
      let writes = 0
      const once = interrupted(async () => (writes++ === 0 ? set('rack == "r1"')() : undefined))
      await patchObject(once, kind, { name }, change)
      expect((await client.get(pools, name)).spec).toMatchObject({ disabled: true, nodeSelector: 'rack == "r1"' })
      expect(writes).toBe(2)
    })

    test('a patch that says which version it is for is not of another one', async () => {
      const name = 'versioned'
      const { metadata } = await client.create(pools, { metadata: { name }, spec: { cidr: '10.3.0.0/16' } })
      const version = metadata.resourceVersion
      await client.patch(pools, name, { spec: { natOutgoing: true } })
      const merge = JSON.stringify({ metadata: { resourceVersion: version }, spec: { disabled: true } })
      const operations = [
        { op: 'test', path: '/metadata/resourceVersion', value: version },
        { op: 'add', path: '/spec/disabled', value: true },
      ]
      expect((await on(['patch', 'ippool', name, '-p', merge])).code).toBe(1)
      expect((await on(['patch', 'ippool', name, '-t', 'json', '-p', JSON.stringify(operations)])).code).toBe(1)
      expect((await client.get(pools, name)).spec.disabled).toBeUndefined()
    })

    test('a number that would be rounded is not patched', async () => {
      const block = ['patch', 'ipamblock', '10-0-0-0-26', '-p']
      const { code, stderr } = await on([...block, '{"spec":{"sequenceNumber":1706781600123456789}}'])
      expect([code, stderr.join('\n')]).toEqual([
        1,
        expect.stringContaining('1706781600123456789 would be written as 1706781600123456800 by manxctl'),
      ])
      // Its digits are kept: what is wrong is that there is no such block.
      const exact = await on([...block, '{"spec":{"sequenceNumber":1706781600123456800}}'])
      expect(exact.stderr.join('\n')).toMatch(/not found/i)
    })

    test('of pools that overlap each can be changed, and no third one made', async () => {
      for (const [name, cidr] of [
        ['one', '10.4.0.0/16'],
        ['two', '10.4.128.0/17'],
      ] as const) {
        await client.create(pools, { metadata: { name }, spec: { cidr } })
      }
      const off = (name: string, cidr: string) =>
        JSON.stringify({
          apiVersion: 'projectcalico.org/v3',
          kind: 'IPPool',
          metadata: { name },
          spec: { cidr, disabled: true },
        })
      expect(await on(['patch', 'ippool', 'two', '-p', '{"spec":{"disabled":true}}'])).toMatchObject({ code: 0 })
      expect(await on(['apply', '-f', '-'], off('one', '10.4.0.0/16'))).toMatchObject({ code: 0 })
      expect(await on(['replace', '-f', '-'], off('one', '10.4.0.0/16'))).toMatchObject({ code: 0 })
      for (const verb of ['create', 'apply']) {
        const { code, stderr } = await on([verb, '-f', '-'], off('three', '10.4.1.0/24'))
        expect([code, stderr.join('\n')]).toEqual([
          1,
          expect.stringContaining('10.4.1.0/24 overlaps 10.4.0.0/16 of the pool one'),
        ])
      }
    })

    test('a policy of Kubernetes is for kubectl, whatever Calico calls it', async () => {
      const name = 'knp.default.web'
      const policy = (kind: string) =>
        JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind, metadata: { name, namespace: 'default' }, spec: {} })
      const kubectl = expect.stringContaining('kubectl -n default get networkpolicies.networking.k8s.io web')
      const staged = expect.stringContaining('manxctl -n default get stagedkubernetesnetworkpolicy web')
      const refused = async (args: readonly string[], input?: string) => {
        const { code, stdout, stderr } = await on(args, input)
        expect([code === 0, stdout]).toEqual([false, ''])
        return stderr.join('\n')
      }
      for (const verb of ['create', 'apply', 'replace', 'delete']) {
        expect(await refused([verb, '-f', '-'], policy('NetworkPolicy'))).toEqual(kubectl)
        expect(await refused([verb, '-f', '-'], policy('StagedNetworkPolicy'))).toEqual(staged)
      }
      expect(await refused(['delete', 'np', name])).toEqual(kubectl)
      expect(await refused(['patch', 'np', name, '-p', '{"spec":{"order":1}}'])).toEqual(kubectl)
      expect(await refused(['get', 'np', name])).toEqual(kubectl)
      expect(await on(['get', 'np', '-o', 'name'])).toMatchObject({ code: 0, stdout: '' })
    })

    test('what is exported has no owners and no finalizers', async () => {
      const { metadata } = await client.get(nodes, 'n1')
      const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: metadata.uid ?? '' }
      await client.create(resourceOf(BGPPeer), {
        metadata: { name: 'owned', labels: { a: 'b' }, ownerReferences: [owner], finalizers: ['example.com/keep'] },
        spec: { peerIP: '192.0.2.1', asNumber: 65_000 },
      })
      await client.delete(resourceOf(BGPPeer), 'owned')
      const { stdout } = await on(['get', 'bgppeer', 'owned', '-o', 'yaml', '--export'])
      expect(parse(stdout)).toMatchObject({ kind: 'BGPPeer', spec: { peerIP: '192.0.2.1' } })
      expect((parse(stdout) as KubernetesObject).metadata).toEqual({ name: 'owned', labels: { a: 'b' } })
      await client.patch(resourceOf(BGPPeer), 'owned', { metadata: { finalizers: null } })
    })

    test('a block that makes no sense is told of, and hinders nothing', async () => {
      // As in a cluster whose blocks were stored with schemas that knew less.
      const crd = crdOf(IPAMBlock)
      const loose = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
      const versions = (crd as never as { spec: { versions: object[] } }).spec.versions
      await client.apply(
        crds,
        {
          ...crd,
          spec: {
            ...crd.spec,
            versions: versions.map((version) => ({ ...version, schema: { openAPIV3Schema: loose } })),
          },
        } as never,
        { fieldManager: 'test', force: true },
      )
      const bad = { metadata: { name: '10-9-0-0-26' }, spec: { cidr: 'ten' } }
      await eventually(() => client.create(resourceOf(IPAMBlock), bad as never), { timeout: 60_000 })
      const pool = JSON.stringify({
        apiVersion: 'projectcalico.org/v3',
        kind: 'IPPool',
        metadata: { name: 'beside' },
        spec: { cidr: '10.9.0.0/16' },
      })
      const told = [
        expect.stringMatching(/^A block was passed over: IPAMBlock 10-9-0-0-26: .*spec\.cidr must be a CIDR/),
      ]
      expect(await on(['apply', '-f', '-'], pool)).toMatchObject({ code: 0, stderr: told })
      const shown = await on(['ipam', 'show'])
      expect(shown).toMatchObject({ code: 0, stderr: told })
      expect(shown.stdout).toMatch(/\| IP Pool +\| 10\.9\.0\.0\/16 +\| 65536 +\| 0 \(0%\)/)
      expect(await on(['delete', 'ippool', 'beside'])).toMatchObject({ code: 0, stderr: told })
    }, 90_000)
  },
)

const crds: Resource<KubernetesObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}
