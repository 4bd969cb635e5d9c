import type { Namespace, NetworkPolicy, New, Pod } from '@manx/api'

/** How large a cluster is, and how much of its policy concerns the node that is measured. */
export interface WorldOptions {
  readonly localPods: number
  readonly remotePods: number
  readonly policies: number
  /** `local`: each policy applies to pods of this node too; `elsewhere`: to pods of other nodes only. */
  readonly applyTo: 'local' | 'elsewhere'
}

/** An object to create, with the name that it will have. */
export type Named<T> = New<T> & { readonly metadata: { readonly name: string; readonly namespace?: string } }

/** Objects as the API takes them. Equal options make equal worlds. */
export interface World {
  readonly namespaces: readonly Named<Namespace>[]
  readonly localPods: readonly Named<Pod>[]
  readonly remotePods: readonly Named<Pod>[]
  readonly policies: readonly Named<NetworkPolicy>[]
}

export const here = 'bench'
export const nodeOfBench = 'node-1'
/** Applications, each with its own label: about as many selectors, and so sets, are in use. */
const applications = 100
const otherNamespaces = 10
const otherNodes = 99

/**
 * A cluster of many applications whose pods are spread over namespaces and nodes. Policy i lets one application be reached by
 * another on one port, as most policies do; so the node has ten policies per pod when there are ten times as many policies.
 */
export function makeWorld({ localPods, remotePods, policies, applyTo }: WorldOptions): World {
  const apps = Math.max(1, Math.min(applications, localPods))
  const app = (index: number) => ({ app: `app-${index % apps}` })
  const namespaces = [here, ...Array.from({ length: otherNamespaces }, (_, index) => `team-${index}`)]
  return {
    namespaces: namespaces.map((name) => ({ metadata: { name, labels: { team: name } } })),
    localPods: Array.from({ length: localPods }, (_, index) => podOf(`local-${index}`, here, nodeOfBench, app(index))),
    remotePods: Array.from({ length: remotePods }, (_, index) => {
      const namespace = `team-${index % otherNamespaces}`
      return podOf(`remote-${index}`, namespace, `node-${2 + (index % otherNodes)}`, app(index), remoteAddress(index))
    }),
    policies: Array.from({ length: policies }, (_, index) => ({
      metadata: { name: `policy-${index}`, namespace: applyTo === 'local' ? here : `team-${index % otherNamespaces}` },
      spec: {
        podSelector: { matchLabels: app(index) },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: {}, podSelector: { matchLabels: app(index * 7 + 3) } }],
            ports: [{ protocol: 'TCP', port: 8000 + (index % 50) }],
          },
        ],
      },
    })),
  }
}

/** Addresses of other nodes' pods. The first 256 are for the benchmarks' own. */
export function remoteAddress(index: number): string {
  const number = index + 256
  return `10.61.${number >> 8}.${number & 255}`
}

/** A pod of a usual size. The API server takes no status with it: `createPods` writes that afterwards, as kubelet does. */
export function podOf(
  name: string,
  namespace: string,
  nodeName: string,
  labels: Readonly<Record<string, string>>,
  address?: string,
): Named<Pod> {
  return {
    ...(address === undefined ? {} : { status: { podIP: address, podIPs: [{ ip: address }] } }),
    metadata: {
      name,
      namespace,
      labels: { ...labels, 'pod-template-hash': '5d4f8c7b9d', 'app.kubernetes.io/instance': name },
      annotations: { 'kubernetes.io/config.source': 'api' },
    },
    spec: {
      nodeName,
      containers: [
        {
          name: 'main',
          image: 'registry.example/team/application:v1.2.3',
          ports: [{ name: 'http', containerPort: 8080 }],
          ...{
            env: ['LOG_LEVEL', 'REGION', 'DATABASE_HOST', 'CACHE_HOST'].map((key) => ({ name: key, value: 'a value' })),
            resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
            livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
          },
        },
      ],
    },
  }
}
