import {
  adminTier,
  baselineTier,
  ClusterInformation,
  GlobalNetworkPolicy,
  IPAMHandle,
  IPPool,
  type KubernetesClient,
  resourceOf,
  Tier,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import { type Attempt, allowed, refused } from './attempt.ts'
import type { GuardedCluster } from './guarded-cluster.ts'

const pools = resourceOf(IPPool)
const tiers = resourceOf(Tier)
const informations = resourceOf(ClusterInformation)
const handles = resourceOf(IPAMHandle)
const policies = resourceOf(GlobalNetworkPolicy)

const pool = (name: string, cidr: string) => (client: KubernetesClient) =>
  client.create(pools, { metadata: { name }, spec: { cidr } }, { dryRun: name === 'trial' })
const tier = (name: string, spec: object) => (client: KubernetesClient) =>
  client.create(tiers, { metadata: { name }, spec } as never)
const handle = (name: string) => ({ metadata: { name }, spec: { handleID: name, block: {} } })

/** Pools that overlap, objects that are built in, and the lock. */
export function objectRules(cluster: () => GuardedCluster): readonly Attempt[] {
  const admin = async () => cluster().admin
  const clerk = () => cluster().account('default/clerk')
  const controllers = () => cluster().account('manx-system/manx-controllers')
  const network = (order: number) => (client: KubernetesClient) =>
    client.apply(
      policies,
      { metadata: { name: 'baseline' }, spec: { order, selector: 'all()' } },
      { fieldManager: 'test' },
    )
  const lock = (datastoreReady: boolean) => async (client: KubernetesClient) => {
    await client.patch(informations, 'default', { spec: { datastoreReady } })
    // The policy watches the lock.
    const trial = async () =>
      (await controllers()).create(handles, handle('trial'), { dryRun: true }).then(
        () => true,
        () => false,
      )
    await eventually(async () => {
      if ((await trial()) !== datastoreReady) throw new Error(`the lock is not ${!datastoreReady}`)
    })
  }
  const overlap = (cidr: string, other: string) => `IPPool trial: spec.cidr ${cidr} overlaps IPPool ${other}`
  return [
    allowed('a pool', admin, pool('first', '10.80.0.0/16')),
    allowed('a pool beside it', admin, pool('second', '10.81.0.0/16')),
    allowed('a pool of the other family', admin, pool('third', 'fd80::/48')),
    allowed('pools that the others are seen with', admin, (client) =>
      eventually(() =>
        client.create(pools, { metadata: { name: 'trial' }, spec: { cidr: 'fd80::/64' } }, { dryRun: true }).then(
          () => Promise.reject(new Error('the API server does not see the pool yet')),
          () => undefined,
        ),
      ),
    ),
    refused(
      'a pool inside another',
      admin,
      pool('trial', '10.80.4.0/24'),
      overlap('10.80.4.0/24', 'first (10.80.0.0/16)'),
    ),
    refused('a pool around another', admin, pool('trial', '10.80.0.0/15'), overlap('10.80.0.0/15', '')),
    refused(
      'the same pool again',
      admin,
      pool('trial', '10.81.0.0/16'),
      overlap('10.81.0.0/16', 'second (10.81.0.0/16)'),
    ),
    refused(
      'a pool of IPv6 inside another',
      admin,
      pool('trial', 'fd80:0:0:5::/64'),
      overlap('fd80:0:0:5::/64', 'third'),
    ),
    allowed('a pool between the others', admin, pool('trial', '10.82.0.0/16')),
    allowed('to change a pool', admin, (client) => client.patch(pools, 'first', { spec: { disabled: true } })),
    allowed('the controllers: a finalizer of a pool', controllers, (client) =>
      client.patch(pools, 'second', { metadata: { finalizers: ['example.com/stays'] } }),
    ),
    allowed('and to take it off', controllers, (client) =>
      client.patch(pools, 'second', { metadata: { finalizers: null } }),
    ),
    refused(
      'the controllers: to close a pool',
      controllers,
      (client) => client.patch(pools, 'second', { spec: { disabled: true } }),
      'the controllers change finalizers',
    ),
    refused(
      'to change the addresses of a pool',
      admin,
      (client) => client.patch(pools, 'first', { spec: { cidr: '10.83.0.0/16' } }),
      'cannot be changed',
    ),

    allowed('the tier default', admin, tier('default', { order: 1_000_000, defaultAction: 'Deny' })),
    refused(
      'another order of it',
      admin,
      (client) => client.patch(tiers, 'default', { spec: { order: 5 } }),
      'must be 1000000 in the built-in tier default',
    ),
    refused(
      'another default action of it',
      admin,
      (client) => client.patch(tiers, 'default', { spec: { defaultAction: 'Pass' } }),
      'must be Deny in the built-in tier default',
    ),
    refused('to delete it', admin, (client) => client.delete(tiers, 'default'), 'Tier default: is built in'),
    ...[adminTier, baselineTier].flatMap(({ name, order, defaultAction }) => [
      allowed(`the tier ${name}`, admin, tier(name, { order, defaultAction })),
      refused(`to delete ${name}`, admin, (client) => client.delete(tiers, name), `Tier ${name}: is built in`),
    ]),
    allowed('any other tier', admin, tier('own', { order: 5, defaultAction: 'Pass' })),
    allowed('to delete that', admin, (client) => client.delete(tiers, 'own')),
    refused(
      'to delete what the cluster is',
      admin,
      (client) => client.delete(informations, 'default'),
      'ClusterInformation default: is the identity',
    ),

    allowed('a policy while the datastore is open', clerk, network(1)),
    allowed('the administrator to lock it', admin, lock(false)),
    refused('to change the policy', clerk, network(2), 'GlobalNetworkPolicy baseline: the datastore is locked'),
    refused('to delete it', clerk, (client) => client.delete(policies, 'baseline'), 'the datastore is locked'),
    refused('to open the lock without the right', clerk, lock(true), 'cannot patch resource "clusterinformations"'),
    allowed('the administrator to change the policy', admin, (client) =>
      client.patch(policies, 'baseline', { spec: { order: 3 } }),
    ),
    refused(
      'the controllers to make a handle',
      controllers,
      (client) => client.create(handles, handle('begun')),
      'IPAMHandle begun: the datastore is locked',
    ),
    allowed('the administrator to make one', admin, (client) => client.create(handles, handle('begun'))),
    allowed('the controllers to end what they began', controllers, (client) => client.delete(handles, 'begun')),
    allowed('the administrator to open it', admin, lock(true)),
    allowed('the policy again', clerk, (client) => client.delete(policies, 'baseline')),
  ]
}

/** An account that writes policies. */
export const objectRuleObjects: readonly object[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'clerk', namespace: 'default' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'clerk' },
    rules: [
      {
        apiGroups: ['projectcalico.org'],
        resources: ['globalnetworkpolicies', 'tier.globalnetworkpolicies'],
        verbs: ['*'],
      },
      { apiGroups: ['projectcalico.org'], resources: ['tiers'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'clerk' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'clerk' },
    subjects: [{ kind: 'ServiceAccount', name: 'clerk', namespace: 'default' }],
  },
]
