/** Where the proof's pods and services are. */
export const probeNamespace = 'manx-lab'

/** Ports of agnhost's netexec. */
export const httpPort = 8080
export const udpPort = 8081

const metadata = (name: string) => ({ name, namespace: probeNamespace })

/** Two pods on every node, and Services over the first of each in either family. */
export function probeManifest(image: string): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: probeNamespace } },
    daemonSet('probe', image),
    daemonSet('peer', image),
    ...(['IPv4', 'IPv6'] as const).flatMap((family) => {
      const suffix = family === 'IPv4' ? 'v4' : 'v6'
      return [
        service(`probe-${suffix}`, family, {}),
        // One endpoint is on each node: a pod that calls this Service calls itself.
        service(`itself-${suffix}`, family, { internalTrafficPolicy: 'Local' }),
        service(`nodeport-${suffix}`, family, { type: 'NodePort' }),
        service(`nodeport-local-${suffix}`, family, { type: 'NodePort', externalTrafficPolicy: 'Local' }),
      ]
    }),
  ]
}

function daemonSet(name: string, image: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(name),
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'agnhost',
              image,
              imagePullPolicy: 'Never',
              args: ['netexec', `--http-port=${httpPort}`, `--udp-port=${udpPort}`],
            },
          ],
        },
      },
    },
  }
}

function service(name: string, family: 'IPv4' | 'IPv6', spec: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: {
      ipFamilies: [family],
      ipFamilyPolicy: 'SingleStack',
      selector: { app: 'probe' },
      ports: [
        { name: 'http', port: httpPort, protocol: 'TCP' },
        { name: 'udp', port: udpPort, protocol: 'UDP' },
      ],
      ...spec,
    },
  }
}
