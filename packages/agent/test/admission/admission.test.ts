import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { allKinds } from '@manx/api'
import { eventually } from '@manx/testbed'
import { testAgentFlows } from './agent-flows.ts'
import { testAttempts } from './attempt.ts'
import { testDefaults } from './defaults.ts'
import { type GuardedCluster, guardedClusterSkipReason, startGuardedCluster } from './guarded-cluster.ts'
import { nodeWriteObjects, nodeWrites } from './node-writes.ts'
import { objectRuleObjects, objectRules } from './objects.ts'
import { tieredKinds, tieredRbac, tieredRbacObjects } from './tiered-rbac.ts'

const reason = guardedClusterSkipReason()
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(60_000)

suite(`the API server with our admission policies${reason === undefined ? '' : ` (${reason})`}`, () => {
  let cluster: GuardedCluster
  const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const mayCreate = async (account: string, resource: string, name: string, namespace: string) => {
    const resourceAttributes = { group: 'projectcalico.org', resource, name, namespace, verb: 'create' }
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: `system:serviceaccount:${account}`, resourceAttributes },
    }
    const create = ['create', '-f', '-', '-o', 'jsonpath={.status.allowed}']
    await eventually(async () => expect(await cluster.kubectl(create, JSON.stringify(review))).toBe('true'), {
      timeout: 60_000,
    })
  }
  beforeAll(async () => {
    cluster = await startGuardedCluster()
    await cluster.kubectl(
      ['create', '-f', '-'],
      listOf([...nodeWriteObjects, ...tieredRbacObjects, ...objectRuleObjects]),
    )
    // RBAC is watched, too: the last RoleBinding and the last ClusterRoleBinding tell of all.
    await mayCreate('shop:in-shop', 'tier.networkpolicies', 'a.*', 'shop')
    await mayCreate('default:clerk', 'tier.globalnetworkpolicies', 'default.*', '')
  }, 180_000)
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  describe('what nodes write', () => {
    testAgentFlows(() => cluster)
    testAttempts(nodeWrites(() => cluster))
  })

  test('every kind that has a tier is among those that are tried', () => {
    const tiered = allKinds.filter(({ selectableFields = [] }) => selectableFields.includes('.spec.tier'))
    expect(tieredKinds).toEqual(expect.arrayContaining(tiered))
  })

  describe('who writes policies in which tier', () => testAttempts(tieredRbac(() => cluster)))
  describe('pools, built-in objects and the lock', () => testAttempts(objectRules(() => cluster)))
  describe('defaults', () => testDefaults(() => cluster))
})
