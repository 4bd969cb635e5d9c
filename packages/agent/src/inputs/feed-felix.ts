import {
  effectiveFelixConfiguration,
  type FelixConfiguration,
  formatAddress,
  nodeBgpAddresses,
  type Store,
} from '@manx/api'
import type { Felix } from '@manx/felix'
import type { NodeFacts } from './facts.ts'
import type { Informers } from './informers.ts'
import type { KnownState } from './last-known-good.ts'

type FelixInputs = Pick<Felix, 'setPool' | 'setConfiguration' | 'setHostAddresses'>

/** Hands felix what was known last; what the API server says later replaces it. */
export function feedKnownState(felix: FelixInputs, state: KnownState): void {
  for (const pool of state.pools) felix.setPool(pool.metadata.name, pool)
  for (const configuration of state.felixConfigurations) {
    felix.setConfiguration(configuration.metadata.name, configuration)
  }
  felix.setHostAddresses(state.hostAddresses)
}

/**
 * Hands felix what the stores have, now and as it changes; to be called when they are complete. `before` is what felix was
 * fed from disk: what is gone from the API server meanwhile is taken back.
 */
export function feedFelix(
  felix: FelixInputs,
  node: string,
  { nodes, ipPools, felixConfigurations }: Pick<Informers, 'nodes' | 'ipPools' | 'felixConfigurations'>,
  before: KnownState | undefined,
): void {
  for (const { metadata } of before?.pools ?? []) {
    if (!ipPools.store.has(metadata.name)) felix.setPool(metadata.name, undefined)
  }
  for (const { metadata } of before?.felixConfigurations ?? []) {
    if (metadata.name !== configurationName) felix.setConfiguration(metadata.name, undefined)
  }
  const replay = { replay: true }
  ipPools.store.subscribe((change) => {
    felix.setPool(change.key, change.type === 'removed' ? undefined : change.object)
  }, replay)
  let fed: string | undefined
  const feedConfiguration = () => {
    const configuration = nodeConfiguration(node, nodes.store, felixConfigurations.store)
    const text = JSON.stringify(configuration)
    if (text !== fed) felix.setConfiguration(configuration.metadata.name, configuration)
    fed = text
  }
  feedConfiguration()
  felixConfigurations.store.subscribe(feedConfiguration)
  felix.setHostAddresses(hostAddresses(nodes.store))
  nodes.store.subscribe((change) => {
    // Its labels select objects.
    if (change.key === node) feedConfiguration()
    const now = change.type === 'removed' ? [] : addressesOf(change.object)
    const previously = change.type === 'added' ? [] : addressesOf(change.previous)
    if (now.join() !== previously.join()) felix.setHostAddresses(hostAddresses(nodes.store))
  })
}

const configurationName = 'default'

/** All that FelixConfigurations say for this node, as one. Felix itself puts the environment before it. */
export function nodeConfiguration(
  node: string,
  nodes: Store<NodeFacts>,
  configurations: Store<FelixConfiguration>,
): Pick<FelixConfiguration, 'metadata' | 'spec'> {
  const labels = nodes.get(node)?.metadata.labels ?? {}
  const { spec } = effectiveFelixConfiguration({ node: { name: node, labels }, configurations: configurations.list() })
  return { metadata: { name: configurationName }, spec }
}

/** Addresses of all nodes: traffic to them is not source-NATed as traffic to the outside is. */
export function hostAddresses(nodes: Store<NodeFacts>): readonly string[] {
  return [...new Set([...nodes.list()].flatMap(addressesOf))]
}

function addressesOf(node: NodeFacts): readonly string[] {
  const { v4, v6 } = nodeBgpAddresses(node)
  const own = [v4, v6].flatMap((found) => (found === undefined ? [] : [formatAddress(found.address)]))
  return [...own, ...node.internalIps]
}
