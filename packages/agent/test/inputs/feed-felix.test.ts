import { expect, test } from '@jest/globals'
import { createStore, type FelixConfiguration, type IPPool } from '@manx/api'
import type { NodeFacts } from '../../src/inputs/facts.ts'
import { feedFelix } from '../../src/inputs/feed-felix.ts'

const configuration = (name: string, spec: FelixConfiguration['spec']): FelixConfiguration => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  metadata: { name },
  spec,
})
const node = (labels: Readonly<Record<string, string>>): NodeFacts => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels },
  internalIps: [],
  networkAvailable: true,
})

test('felix gets what all FelixConfigurations say for this node', () => {
  const stores = {
    nodes: { store: createStore<NodeFacts>() },
    ipPools: { store: createStore<IPPool>() },
    felixConfigurations: { store: createStore<FelixConfiguration>() },
  }
  const fed = new Map<string, unknown>()
  const felix = {
    setPool: () => {},
    setHostAddresses: () => {},
    setConfiguration: (name: string, one: { spec?: object } | undefined) => void fed.set(name, one?.spec),
  }
  stores.nodes.store.set('node-1', node({ rack: 'a' }))
  stores.felixConfigurations.store.set('default', configuration('default', { natOutgoingExclusions: 'IPPoolsOnly' }))
  stores.felixConfigurations.store.set(
    'racks',
    configuration('racks', { nodeSelector: "rack == 'b'", defaultEndpointToHostAction: 'Accept' }),
  )
  const felixConfigurations = [configuration('node.node-1', {})]
  const before = { pools: [], hostAddresses: [], felixConfigurations, bgpConfigurations: [], bgpPeers: [] }
  feedFelix(felix, 'node-1', stores as never, before)
  expect([...fed]).toEqual([
    ['node.node-1', undefined],
    ['default', expect.objectContaining({ natOutgoingExclusions: 'IPPoolsOnly', defaultEndpointToHostAction: 'Drop' })],
  ])
  stores.nodes.store.set('node-1', node({ rack: 'b' }))
  expect(fed.get('default')).toMatchObject({ defaultEndpointToHostAction: 'Accept' })
  stores.felixConfigurations.store.set(
    'node.node-1',
    configuration('node.node-1', { defaultEndpointToHostAction: 'Return' }),
  )
  expect(fed.get('default')).toMatchObject({ defaultEndpointToHostAction: 'Return' })
})
