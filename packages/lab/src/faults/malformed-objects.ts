import { randomUUID } from 'node:crypto'
import { trafficNamespace } from '../traffic/traffic-manifest.ts'

/** An object that no API server would take, and where etcd keeps it. */
export interface MalformedObject {
  readonly kind: string
  readonly name: string
  readonly key: string
  readonly object: object
}

/** One of each kind of fault that older versions, other validation or a restored backup may leave behind. */
export function malformedObjects(): readonly MalformedObject[] {
  const servers = { podSelector: { matchLabels: { app: 'server' } } }
  return [
    policy('bad-cidr', { ...servers, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/99' } }] }] }),
    policy('bad-selector', {
      podSelector: { matchExpressions: [{ key: 'app', operator: 'Sometimes' }] },
      ingress: [{}],
    }),
    policy('bad-peer', {
      ...servers,
      ingress: [{ from: [{ podSelector: { matchLabels: { 'no key': '-no value-' } } }] }],
    }),
    policy('bad-port', { ...servers, ingress: [{ ports: [{ protocol: 'TCP', port: 70000 }] }] }),
    policy('bad-range', { ...servers, ingress: [{ ports: [{ protocol: 'UDP', port: 9000, endPort: 80 }] }] }),
    policy('bad-protocol', { ...servers, ingress: [{ ports: [{ protocol: 'CARRIER-PIGEON', port: 80 }] }] }),
    calico('BGPPeer', 'bgppeers', 'malformed', { peerIP: 'next door', asNumber: 'many' }),
    calico('IPPool', 'ippools', 'malformed', { cidr: 'all of them', blockSize: -1 }),
    calico('FelixConfiguration', 'felixconfigurations', 'node.node1', { nftablesRefreshInterval: 'soon' }),
  ]
}

function policy(name: string, spec: object): MalformedObject {
  return {
    kind: 'NetworkPolicy',
    name,
    key: `/registry/networkpolicies/${trafficNamespace}/${name}`,
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { ...metadata(name), namespace: trafficNamespace },
      spec: { policyTypes: ['Ingress'], ...spec },
    },
  }
}

function calico(kind: string, plural: string, name: string, spec: object): MalformedObject {
  return {
    kind,
    name,
    key: `/registry/projectcalico.org/${plural}/${name}`,
    object: { apiVersion: 'projectcalico.org/v3', kind, metadata: metadata(name), spec },
  }
}

function metadata(name: string) {
  return { name, uid: randomUUID(), generation: 1, creationTimestamp: new Date().toISOString().replace(/\.\d+/, '') }
}
