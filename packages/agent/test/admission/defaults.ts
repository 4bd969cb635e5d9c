import { expect, test } from '@jest/globals'
import {
  type AnyKind,
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  IPPool,
  type KubernetesObject,
  type New,
  type Resource,
  resourceOf,
  StagedKubernetesNetworkPolicy,
  withDefaults,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import type { GuardedCluster } from './guarded-cluster.ts'

const rule = [{ action: 'Allow' }]

const cases: readonly [kind: AnyKind, spec: object, added: object, label?: string][] = [
  [GlobalNetworkPolicy, {}, { tier: 'default', types: ['Ingress'] }, 'default'],
  [GlobalNetworkPolicy, { tier: '' }, { tier: 'default', types: ['Ingress'] }, 'default'],
  [GlobalNetworkPolicy, { ingress: rule }, { types: ['Ingress'] }, 'default'],
  [GlobalNetworkPolicy, { egress: rule }, { types: ['Egress'] }, 'default'],
  [GlobalNetworkPolicy, { ingress: [], egress: rule }, { types: ['Egress'] }, 'default'],
  [GlobalNetworkPolicy, { ingress: rule, egress: rule }, { types: ['Ingress', 'Egress'] }, 'default'],
  [CalicoNetworkPolicy, { tier: 'b', types: ['Egress'], ingress: rule }, { tier: 'b', types: ['Egress'] }, 'b'],
  [StagedKubernetesNetworkPolicy, { egress: [{}] }, { policyTypes: ['Ingress', 'Egress'] }],
  [StagedKubernetesNetworkPolicy, { ingress: [{}] }, { policyTypes: ['Ingress'] }],
  [IPPool, { cidr: '10.90.0.0/16' }, { blockSize: 26 }],
  [IPPool, { cidr: 'fd90::/48' }, { blockSize: 122 }],
  [IPPool, { cidr: '10.91.0.0/16', blockSize: 28 }, { blockSize: 28 }],
]

/** What MutatingAdmissionPolicies write into objects, and that readers assume the same without. */
export function testDefaults(cluster: () => GuardedCluster): void {
  const created = (kind: AnyKind, spec: object, labels: Readonly<Record<string, string>>) => {
    const metadata = { name: 'trial', labels, ...(kind.scope === 'Namespaced' ? { namespace: 'default' } : {}) }
    const object = { metadata, spec } as New<KubernetesObject>
    return cluster().admin.create(resourceOf(kind) as Resource<KubernetesObject>, object, { dryRun: true })
  }

  test('the API server has the defaults', async () => {
    await eventually(async () => {
      for (const kind of [GlobalNetworkPolicy, IPPool]) {
        const stored = await created(kind, kind === IPPool ? { cidr: '10.90.0.0/16' } : {}, {})
        expect(stored).toMatchObject({
          spec: kind === IPPool ? { blockSize: 26 } : { types: ['Ingress'], tier: 'default' },
        })
      }
    })
  })

  for (const [kind, spec, added, label] of cases) {
    test(`${kind.kind} ${JSON.stringify(spec)} gets ${JSON.stringify(added)}`, async () => {
      const stored = await created(kind, spec, { 'projectcalico.org/tier': 'mine', app: 'web' })
      expect(stored).toMatchObject({ spec: added })
      expect(stored.metadata.labels).toEqual({ app: 'web', 'projectcalico.org/tier': label ?? 'mine' })
      const { tier, ...read } = withDefaults(kind, { metadata: stored.metadata, spec } as never).spec as Record<
        string,
        unknown
      >
      expect({ ...read, ...(tier === undefined ? {} : { tier: tier === '' ? 'default' : tier }) }).toMatchObject(added)
    })
  }
}
