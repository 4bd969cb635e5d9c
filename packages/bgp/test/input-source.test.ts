import { expect, test } from '@jest/globals'
import type { BGPPeer } from '@manx/api'
import { InputSource } from '../src/input-source.ts'
import { readPeer } from '../src/plan/read-peer.ts'
import { TestCluster } from './support/node.ts'

function start() {
  const cluster = new TestCluster()
  cluster.addNode('a', { v4: '10.0.0.1/24' })
  cluster.addNode('b', { v4: '10.0.0.2/24' })
  cluster.addPool('v4', '10.244.0.0/16')
  cluster.addPeer('tor', { nodeSelector: "rack == '1'", peerIP: '10.0.0.254', asNumber: 65000 })
  let changes = 0
  const source = new InputSource({ node: 'a', stores: cluster, settings: {}, onChange: () => changes++ })
  source.start()
  const changesBy = (work: () => void) => {
    const before = changes
    work()
    return changes - before
  }
  const label = (name: string, labels: Record<string, string>) => {
    const { metadata } = cluster.nodes.get(name) ?? { metadata: { name } }
    cluster.nodes.set(name, { metadata: { ...metadata, labels } })
  }
  return { cluster, source, changesBy, label }
}

test('labels are a reason to plan anew only where a selector answers otherwise', () => {
  const { cluster, source, changesBy, label } = start()
  expect(changesBy(() => label('b', { team: 'x' }))).toBe(0)
  expect(changesBy(() => label('b', { team: 'x', rack: '2' }))).toBe(0)
  expect(changesBy(() => label('b', { rack: '1' }))).toBe(1)
  expect(changesBy(() => label('b', {}))).toBe(1)
  // A peer that comes later finds the labels that were no reason before.
  label('b', { team: 'y' })
  expect(changesBy(() => cluster.addPeer('rr', { peerSelector: "team == 'y'" }))).toBe(1)
  const memory = { passwords: new Map(), unreadSecrets: new Set<string>(), before: new Map() }
  expect(source.read(memory).nodes.get('b')?.labels).toEqual({ team: 'y' })
  expect(changesBy(() => label('b', {}))).toBe(1)
})

test('addresses, specs and nodes that come and go are a reason; other fields of objects are none', () => {
  const { cluster, changesBy } = start()
  expect(changesBy(() => cluster.addNode('b', { v4: '10.0.0.2/24' }))).toBe(0)
  expect(changesBy(() => cluster.addNode('b', { v4: '10.0.0.3/24' }))).toBe(1)
  expect(changesBy(() => cluster.addNode('c', { v4: '10.0.0.4/24' }))).toBe(1)
  expect(changesBy(() => cluster.nodes.delete('c'))).toBe(1)
  expect(changesBy(() => cluster.addPool('v4', '10.244.0.0/16'))).toBe(0)
  expect(changesBy(() => cluster.addPool('v4', '10.245.0.0/16'))).toBe(1)
  expect(changesBy(() => cluster.ipPools.delete('v4'))).toBe(1)
  expect(changesBy(() => cluster.configure({ asNumber: 65001 }))).toBe(1)
  expect(changesBy(() => cluster.configure({ asNumber: 65001 }))).toBe(0)
})

test('a block is ours as long as one affinity says so', () => {
  const { cluster, source, changesBy } = start()
  const memory = { passwords: new Map(), unreadSecrets: new Set<string>(), before: new Map() }
  const blocks = () => [...source.read(memory).blocks]
  cluster.addBlock('a', '10.244.1.0/26')
  const [affinity] = cluster.blockAffinities.list()
  if (affinity === undefined) throw new Error('no affinity')
  cluster.blockAffinities.set('misnamed', affinity)
  expect(blocks()).toEqual(['10.244.1.0/26'])
  cluster.blockAffinities.delete('misnamed')
  expect(blocks()).toEqual(['10.244.1.0/26'])
  expect(changesBy(() => cluster.addBlock('a', '10.244.1.0/26'))).toBe(0)
  expect(changesBy(() => cluster.removeBlock('a', '10.244.1.0/26'))).toBe(1)
  expect(blocks()).toEqual([])
})

test('an object is read once, and anew when the store has another', () => {
  const spec: BGPPeer['spec'] = { nodeSelector: 'has(rack)', peerIP: '10.0.0.254', asNumber: 65000 }
  const peer: BGPPeer = { apiVersion: 'projectcalico.org/v3', kind: 'BGPPeer', metadata: { name: 'tor' }, spec }
  expect(readPeer(peer)).toBe(readPeer(peer))
  const other = { ...peer, spec: { ...spec, nodeSelector: '!has(rack)' } }
  expect(readPeer(other).nodeSelector?.matches({})).toBe(true)
  expect(readPeer(peer).nodeSelector?.matches({})).toBe(false)
})
