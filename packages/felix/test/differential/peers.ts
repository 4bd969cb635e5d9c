import type { Family } from '@manx/api'

/** Somebody who sends and receives packets in the tests: a pod of the node, a pod elsewhere, or a host that is no pod. */
export interface Peer {
  readonly kind: 'local' | 'remote' | 'host'
  readonly namespace: string
  readonly name: string
  /** IPv4 and IPv6. */
  readonly addresses: readonly [string, string]
}

const peer = (kind: Peer['kind'], namespace: string, name: string, four: string, six: string): Peer => ({
  kind,
  namespace,
  name,
  addresses: [four, six],
})

/** Names come again in other namespaces, addresses lie side by side and apart: so that prefixes and selectors cut across. */
export const peers: readonly Peer[] = [
  peer('local', 'x', 'a', '10.65.0.1', 'fd65::1'),
  peer('local', 'x', 'b', '10.65.0.2', 'fd65::2'),
  peer('local', 'y', 'a', '10.65.0.3', 'fd65::3'),
  peer('local', 'z', 'c', '10.65.0.4', 'fd65::4'),
  peer('remote', 'x', 'd', '10.65.1.5', 'fd65:0:0:1::5'),
  peer('remote', 'y', 'b', '10.65.1.6', 'fd65:0:0:1::6'),
  peer('remote', 'y', 'e', '10.65.1.7', 'fd65:0:0:1::7'),
  peer('remote', 'w', 'f', '10.65.1.8', 'fd65:0:0:1::8'),
  peer('host', '', 'near', '198.51.100.1', '2001:db8:1::1'),
  peer('host', '', 'far', '198.51.100.130', '2001:db8:1:8000::1'),
  peer('host', '', 'other', '203.0.113.9', '2001:db8:2::9'),
]

export const addressOf = ({ addresses: [four, six] }: Peer, family: Family): string => (family === 4 ? four : six)

export const podKey = ({ namespace, name }: Pick<Peer, 'namespace' | 'name'>): string => `${namespace}/${name}`
