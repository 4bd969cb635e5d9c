import {
  type AnyKind,
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  type KubernetesClient,
  type KubernetesObject,
  type New,
  type Resource,
  resourceOf,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import { type Attempt, allowed, refused } from './attempt.ts'
import { component, type GuardedCluster } from './guarded-cluster.ts'

/** The kinds whose objects are in tiers. */
export const tieredKinds: readonly AnyKind[] = [
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
]

const anyResource = (kind: AnyKind) => resourceOf(kind) as Resource<KubernetesObject>
const policies = anyResource(CalicoNetworkPolicy)

function policy(kind: AnyKind, name: string, tier: string | undefined): New<KubernetesObject> {
  const spec =
    kind === StagedKubernetesNetworkPolicy
      ? { podSelector: {} }
      : { selector: 'all()', ...(tier === undefined ? {} : { tier }) }
  return {
    metadata: { name, ...(kind.scope === 'Namespaced' ? { namespace: 'shop' } : {}) },
    spec,
  } as New<KubernetesObject>
}

const create = (name: string, tier: string | undefined) => (client: KubernetesClient) =>
  client.create(policies, policy(CalicoNetworkPolicy, name, tier))
const move = (name: string, tier: string) => (client: KubernetesClient) =>
  client.patch(policies, `shop/${name}`, { spec: { tier } })
const remove = (name: string) => (client: KubernetesClient) => client.delete(policies, `shop/${name}`)

/** Who may write policies in which tier. */
export function tieredRbac(cluster: () => GuardedCluster): readonly Attempt[] {
  const user = (name: string) => () => cluster().account(`shop/${name}`)
  const [teamA, teamBoth, plain, web] = [user('team-a'), user('team-both'), user('plain'), user('web')]
  const [bare, blind, inShop, outsider] = [user('bare'), user('blind'), user('in-shop'), user('outsider')]
  const admin = async () => cluster().admin
  return [
    allowed('in the tier whose policies one may write', teamA, create('a.one', 'a')),
    allowed('and change it there', teamA, (client) => client.patch(policies, 'shop/a.one', { spec: { order: 7 } })),
    refused('in another tier', teamA, create('b.one', 'b'), 'tiers/b and create on tier.networkpolicies/b.*'),
    refused('in no named tier, which is the default tier', teamA, create('one', undefined), 'in spec.tier default'),
    allowed('the administrator in the default tier', admin, create('one', undefined)),
    refused('to change that', teamA, (client) => client.patch(policies, 'shop/one', { spec: { order: 7 } }), 'update'),
    refused('to take it from its tier', teamA, move('one', 'a'), 'in spec.tier default, where it is now'),
    refused('to move it to another tier', teamA, move('a.one', 'b'), 'in spec.tier b;'),
    refused('to delete it', teamA, remove('one'), 'may not delete it in spec.tier default'),
    allowed('to move it between tiers whose policies one may write', teamBoth, move('a.one', 'b')),
    allowed('and back', teamBoth, move('a.one', 'a')),
    allowed('to delete it in its tier', teamA, remove('a.one')),

    allowed('the one policy TIER.NAME that one may write', web, create('a.web', 'a')),
    allowed('to delete that', web, remove('a.web')),
    allowed('the one policy NAME of that tier', web, create('web', 'a')),
    allowed('to delete that, too', web, remove('web')),
    refused(
      'another one of the tier',
      web,
      create('a.db', 'a'),
      'tier.networkpolicies/a.* or tier.networkpolicies/a.db',
    ),
    refused('one of that name in another tier', web, create('a.web', 'b'), 'in spec.tier b'),
    allowed('a policy by the name that one may write in any tier', plain, create('db', 'b')),
    refused('by another name', plain, create('web', 'b'), 'in spec.tier b'),

    refused('without get on the tier', blind, create('a.two', 'a'), 'right get on tiers/a'),
    refused('without a right to tiers', bare, create('a.two', 'a'), 'in spec.tier a'),
    refused('with a right to tiers only', outsider, create('a.two', 'a'), 'cannot create resource "networkpolicies"'),
    allowed('by a Role of the namespace', inShop, create('a.three', 'a')),
    refused(
      'by a Role of another namespace',
      inShop,
      (client) =>
        client.create(policies, {
          ...policy(CalicoNetworkPolicy, 'a.three', 'a'),
          metadata: { name: 'a.three', namespace: 'default' },
        }),
      'NetworkPolicy default/a.three',
    ),
    ...tieredKinds.flatMap((kind) => [
      kind === StagedKubernetesNetworkPolicy
        ? allowed(`the administrator: ${kind.kind}`, admin, (client) =>
            client.create(anyResource(kind), policy(kind, 'own', 'a')),
          )
        : allowed(`${kind.kind} in a tier of one's own`, teamA, (client) =>
            client.create(anyResource(kind), policy(kind, 'own', 'a')),
          ),
      refused(
        `${kind.kind} in another tier`,
        teamA,
        (client) => client.create(anyResource(kind), policy(kind, 'other', 'default')),
        `${kind.kind} ${kind.scope === 'Namespaced' ? 'shop/' : ''}other: system:serviceaccount:shop:team-a may not create it in spec.tier default`,
      ),
    ]),
    refused(
      'in a tier that is being deleted',
      admin,
      async (client) => {
        await client.delete(resourceOf(Tier), 'leaving')
        for (;;) {
          // The policy watches the tiers.
          await client.create(policies, policy(CalicoNetworkPolicy, 'late', 'leaving'), { dryRun: true })
        }
      },
      'NetworkPolicy late: spec.tier leaving is being deleted',
    ),
    allowed('to change what is in it already', admin, (client) =>
      client.patch(policies, 'shop/early', { spec: { order: 1 } }),
    ),
    allowed('with a right to tiers only, when the passthrough is installed', outsider, async (client) => {
      await cluster().kubectl(['apply', '--server-side', '-k', component('tiered-policy-passthrough')])
      // RBAC is watched.
      await eventually(() => create('a.two', 'a')(client))
    }),
    refused('in another tier even so', outsider, create('b.two', 'b'), 'in spec.tier b'),
    refused('to read them even so', outsider, (client) => client.list(policies), 'cannot list resource'),
    allowed(
      'the namespace controller, all that is in a namespace',
      () => cluster().account('kube-system/namespace-controller'),
      async (client) => {
        for (const { metadata } of (await client.list(policies, { namespace: 'shop' })).items)
          await remove(metadata.name)(client)
      },
    ),
  ]
}

const rbac = (kind: 'Role' | 'ClusterRole', name: string, rules: readonly object[]) => {
  const namespaced = kind === 'Role' ? { namespace: 'shop' } : {}
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, ...namespaced }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${kind}Binding`,
      metadata: { name, ...namespaced },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'shop' }],
    },
  ]
}
const may = (verbs: readonly string[], resources: readonly string[], resourceNames?: readonly string[]) => ({
  apiGroups: ['projectcalico.org'],
  resources,
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
})
const plurals = tieredKinds.map(({ plural }) => plural)
const untiered = may(['*'], plurals)
const inTiers = (...names: readonly string[]) =>
  may(
    ['*'],
    plurals.map((plural) => `tier.${plural}`),
    names,
  )
const getTiers = (...names: readonly string[]) => may(['get'], ['tiers'], names)

/** The tiers, and the users with their rights. */
export const tieredRbacObjects: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'namespace-controller', namespace: 'kube-system' } },
  ...['team-a', 'team-both', 'plain', 'web', 'bare', 'blind', 'in-shop', 'outsider'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'shop' },
  })),
  ...['a', 'b', 'leaving'].map((name, order) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name, ...(name === 'leaving' ? { finalizers: ['example.com/stays'] } : {}) },
    spec: { order },
  })),
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'early', namespace: 'shop' },
    spec: { tier: 'leaving', selector: 'all()' },
  },
  ...rbac('ClusterRole', 'team-a', [untiered, getTiers('a', 'b', 'default'), inTiers('a.*')]),
  ...rbac('ClusterRole', 'team-both', [untiered, getTiers('a', 'b'), inTiers('a.*', 'b.*')]),
  ...rbac('ClusterRole', 'plain', [untiered, getTiers('a', 'b'), inTiers('db')]),
  ...rbac('ClusterRole', 'web', [untiered, getTiers('a', 'b'), inTiers('a.web')]),
  ...rbac('ClusterRole', 'bare', [untiered]),
  ...rbac('ClusterRole', 'blind', [untiered, inTiers('a.*')]),
  ...rbac('ClusterRole', 'in-shop', [untiered, getTiers('a')]),
  ...rbac('Role', 'in-shop', [inTiers('a.*')]),
  ...rbac('ClusterRole', 'outsider', [getTiers('a'), inTiers('a.*')]),
]
