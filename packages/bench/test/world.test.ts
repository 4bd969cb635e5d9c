import { expect, test } from '@jest/globals'
import { networkPolicyToPolicy } from '@manx/api'
import { makeWorld } from '../src/workload/world.ts'

const world = makeWorld({ localPods: 100, remotePods: 1000, policies: 1000, applyTo: 'local' })

test('each pod of this node has ten of a thousand policies', () => {
  const counts = world.localPods.map(
    ({ metadata }) =>
      world.policies.filter(({ spec }) => spec?.podSelector?.matchLabels?.app === metadata.labels?.app).length,
  )
  expect(new Set(counts)).toEqual(new Set([10]))
})

test('every policy is one that the API server would take and felix understands', () => {
  for (const policy of world.policies) {
    expect(
      networkPolicyToPolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...policy }),
    ).toMatchObject({
      policy: { types: ['Ingress'] },
      issues: [],
    })
  }
})

test('names and addresses are unique', () => {
  const { localPods, remotePods } = world
  const names = [...localPods, ...remotePods].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  expect(new Set(names).size).toBe(1100)
  const addresses = remotePods.map(({ status }) => status?.podIP)
  expect(new Set(addresses).size).toBe(1000)
})

test('policies elsewhere are in namespaces without pods of this node', () => {
  const elsewhere = makeWorld({ localPods: 3, remotePods: 9, policies: 20, applyTo: 'elsewhere' })
  const own = new Set(elsewhere.localPods.map(({ metadata }) => metadata.namespace))
  expect(elsewhere.policies.filter(({ metadata }) => own.has(metadata.namespace))).toEqual([])
})
