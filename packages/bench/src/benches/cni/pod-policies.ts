import type { NetworkPolicy, New } from '@manx/api'
import { podNamespace } from './plugins.ts'

/** Policies that apply to every pod of the benchmark, each with a peer and a port of its own. */
export function podPolicies(count: number): readonly New<NetworkPolicy>[] {
  return Array.from({ length: count }, (_, index) => ({
    metadata: { name: `policy-${index}`, namespace: podNamespace },
    spec: {
      podSelector: { matchLabels: { app: 'bench' } },
      policyTypes: ['Ingress' as const],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { team: `team-${index % 10}` } } }],
          ports: [{ protocol: 'TCP' as const, port: 8000 + index }],
        },
      ],
    },
  }))
}
