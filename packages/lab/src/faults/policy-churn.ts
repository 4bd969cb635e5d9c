import { setTimeout as sleep } from 'node:timers/promises'
import type { LabApi } from '../cluster/lab-api.ts'
import { strangerNamespace, trafficNamespace } from '../traffic/traffic-manifest.ts'

/** Policies that come, change and go, and labels that change, without ever changing what the traffic may do. */
export interface PolicyChurn {
  /** Ends it and removes what it made; returns how many changes the API server took. */
  stop(): Promise<number>
}

const count = 12

export function startPolicyChurn(api: LabApi, random: () => number, perSecond = 5): PolicyChurn {
  const end = new AbortController()
  const present = new Set<number>()
  const path = `/apis/networking.k8s.io/v1/namespaces/${trafficNamespace}/networkpolicies`
  let changes = 0
  const change = async () => {
    if (random() < 0.2) {
      const labels = { 'churn.manx.dev/round': String(changes) }
      await api.send('PATCH', `/api/v1/namespaces/${strangerNamespace}`, { metadata: { labels } })
    } else {
      const number = Math.floor(random() * count)
      if (present.delete(number)) await api.send('DELETE', `${path}/churn-${number}`)
      else {
        await api.send('POST', path, churnPolicy(number, random))
        present.add(number)
      }
    }
    changes += 1
  }
  const run = async () => {
    while (!end.signal.aborted) {
      await change()
      await sleep(1000 / perSecond, undefined, { signal: end.signal }).catch(() => undefined)
    }
    for (const number of present) await api.send('DELETE', `${path}/churn-${number}`)
  }
  const done = run()
  // Seen by whoever stops it.
  done.catch(() => undefined)
  return {
    stop: async () => {
      end.abort()
      await done
      return changes
    },
  }
}

/** Selects what the traffic runs between, and allows calls that nobody makes. */
export function churnPolicy(number: number, random: () => number): object {
  const byte = () => Math.floor(random() * 254) + 1
  const peers = [
    { podSelector: { matchLabels: { app: `nobody-${byte()}` } } },
    { ipBlock: { cidr: `192.0.2.${byte()}/32` } },
    { ipBlock: { cidr: '198.18.0.0/15', except: [`198.18.${byte()}.0/24`] } },
    { namespaceSelector: { matchLabels: { 'churn.manx.dev/round': 'never' } } },
  ]
  const ports = [
    { protocol: 'TCP', port: 1000 + byte() },
    { protocol: 'UDP', port: 2000, endPort: 2000 + byte() },
  ]
  const app = ['server', 'client'][number % 2]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `churn-${number}` },
    spec: {
      podSelector: { matchLabels: { app } },
      ...(app === 'server'
        ? { ingress: [{ from: peers, ports }] }
        : { policyTypes: ['Egress'], egress: [{ to: peers, ports }] }),
    },
  }
}
