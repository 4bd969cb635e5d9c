import { trafficPort } from './traffic-order.ts'

/** Where servers and the clients that may call them are. */
export const trafficNamespace = 'manx-traffic'
/** Where those are that may not, and that none of the former may call. */
export const strangerNamespace = 'manx-strangers'

/** A server, a client and a stranger on every node. Servers take calls from clients, clients call servers, nothing else goes. */
export function trafficManifest(image: string): readonly object[] {
  const label = (app: string) => ({ podSelector: { matchLabels: { app } } })
  const ports = ['TCP', 'UDP'].map((protocol) => ({ protocol, port: trafficPort }))
  return [
    ...[trafficNamespace, strangerNamespace].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
    policy('deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('servers', { ...label('server'), ingress: [{ from: [label('client')], ports }] }),
    policy('clients', { ...label('client'), policyTypes: ['Egress'], egress: [{ to: [label('server')], ports }] }),
    idlePods(trafficNamespace, 'server', image),
    idlePods(trafficNamespace, 'client', image),
    idlePods(strangerNamespace, 'stranger', image),
  ]
}

function policy(name: string, spec: object): object {
  const metadata = { name, namespace: trafficNamespace }
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }
}

/** One pod on every node that does nothing: workers are started in its network namespace. */
function idlePods(namespace: string, app: string, image: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: app, namespace },
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'agnhost', image, imagePullPolicy: 'Never', args: ['pause'] }],
        },
      },
    },
  }
}
