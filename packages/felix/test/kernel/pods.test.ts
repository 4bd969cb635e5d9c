import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Policy, policyKey } from '@manx/api'
import { skipReason } from '@manx/testbed'
import type { AddEndpointOptions } from '../../src/index.ts'
import { podOf } from '../endpoints.ts'
import { createNode, pings, type RunningFelix, type TestNode } from './node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'ping'] })
const suite = reason === undefined ? describe : describe.skip

/** Lets in only what comes from pods with `app: client`. */
const guard: Policy = {
  kind: 'KubernetesNetworkPolicy',
  namespace: 'default',
  name: 'guard',
  tier: 'default',
  order: 1000,
  selector: 'app == "server"',
  types: ['Ingress'],
  ingress: [{ action: 'Allow', source: { selector: 'app == "client"' } }],
  egress: [],
}

/** Not even the pod that the tests' felix takes by default. */
const noPod = { pod: undefined } as unknown as AddEndpointOptions

suite(`endpoints and their pods${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix

  beforeEach(async () => {
    node = await createNode()
    felix = await node.startFelix()
    felix.inSync()
  })
  afterEach(async () => node[Symbol.asyncDispose]())

  test('an endpoint waits for its pod, and is cut off until then', async () => {
    const pod = await node.addPod('1', '10.0.0.1', 'fd00::1')
    let ready = false
    const added = felix.addEndpoint(pod.endpoint, noPod).then(() => {
      ready = true
    })
    while (!(await node.nft('list', 'map', 'inet', 'manx', 'egress-dispatch')).includes('"cali1" : drop'))
      await pause(5)
    felix.setNamespace('default', { any: 'label' })
    while (felix.statistics().policy.namespaces === 0) await pause(5)
    expect([ready, felix.isProgrammed('cali1')]).toEqual([false, false])
    felix.setPod('default/pod-1', podOf(pod.endpoint))
    await added
    expect(felix.isProgrammed('cali1')).toBe(true)
    expect(await node.nft('list', 'map', 'inet', 'manx', 'egress-dispatch')).toContain('"cali1" : accept')
    felix.setPod('default/pod-1', undefined)
    expect(felix.isProgrammed('cali1')).toBe(false)
  })

  test('who gives up waiting for a pod is told so', async () => {
    const pod = await node.addPod('1', '10.0.0.1')
    const controller = new AbortController()
    const added = felix.addEndpoint(pod.endpoint, { ...noPod, signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    await expect(added).rejects.toMatchObject({ name: 'FelixError', code: 'Aborted' })
    const again = felix.addEndpoint(pod.endpoint, noPod)
    const removed = felix.removeEndpoint('cali1')
    await expect(again).rejects.toMatchObject({ code: 'Replaced' })
    await removed
  })

  test('when it resolves, chains and sets of the policies are in the kernel, the address of the pod itself too', async () => {
    felix.setPolicy(policyKey(guard), guard)
    const server = await node.addPod('1', '10.0.0.1', 'fd00::1')
    const client = await node.addPod('2', '10.0.0.2', 'fd00::2')
    const other = await node.addPod('3', '10.0.0.3', 'fd00::3')
    const labels = ['server', 'client', 'other']
    for (const [index, { endpoint }] of [server, client, other].entries()) {
      await felix.addEndpoint(endpoint, { pod: { ...podOf(endpoint), labels: { app: labels[index] ?? '' } } })
    }
    const table = await node.nft('list', 'table', 'inet', 'manx')
    expect(table).toMatch(/jump pi-\S+-default\/guard comment "NetworkPolicy default\/guard/)
    for (const to of ['10.0.0.1', 'fd00::1']) {
      expect(await pings(client.namespace, to)).toBe(true)
      expect(await pings(other.namespace, to)).toBe(false)
    }
    felix.setPod('default/pod-3', { ...podOf(other.endpoint), labels: { app: 'client' } })
    while (!felix.isProgrammed('cali3')) await pause(1)
    expect(await pings(other.namespace, 'fd00::1')).toBe(true)
    await Promise.all([1, 2, 3].map((id) => felix.removeEndpoint(`cali${id}`)))
    expect(await node.nft('list', 'table', 'inet', 'manx')).not.toMatch(/ (pi|li|s4|s6)-/)
  })
})
