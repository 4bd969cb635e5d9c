import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  idleKindEffect,
  idleRest,
  type KubernetesClient,
  resourceOf,
  silentLogger,
  Tier,
} from '@manx/api'
import type { Report } from '@manx/ipam'
import { eventually as repeat } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import { acceptAnything } from '../../ipam/test/support/accept-anything.ts'
import { createTierController } from '../src/tiers/tier-controller.ts'
import { createTierInformers, tierFinalizer } from '../src/tiers/tier-informers.ts'
import { tierConditions } from '../src/tiers/tier-status.ts'

const reason = apiServerSkipReason()
/** Processes and an API server that start side by side need their time on a busy machine. */
const eventually = <T>(assertion: () => T | Promise<T>, { timeout = 30_000 } = {}) => repeat(assertion, { timeout })
const tiers = resourceOf(Tier)

test('of many policies that hold a tier the first are named', () => {
  const holders = Array.from({ length: 12 }, (_, index) => `GlobalNetworkPolicy p${String(index).padStart(2, '0')}`)
  const [ready, terminating] = tierConditions({ name: 'security', terminating: true }, holders.toReversed())
  expect(ready?.status).toBe('False')
  expect(terminating?.message).toMatch(/GlobalNetworkPolicy p00, .*GlobalNetworkPolicy p09 and 2 more$/)
})

test.each(['security', 'kube-admin', 'default'])('%s is ready as far as its policies are enforced', (name) => {
  const idle = idleKindEffect(Tier, name)
  const wanted =
    idle === undefined
      ? { status: 'True', reason: 'OK', message: idleRest(Tier, name) ?? '' }
      : { status: 'False', reason: 'NotEnforced', message: expect.stringContaining(idle) }
  expect(tierConditions({ name, terminating: false }, [])).toEqual([{ type: 'Ready', ...wanted }])
  // Policies of Kubernetes are in it.
  if (name === 'default') expect(wanted.status).toBe('True')
})

;(reason === undefined ? describe : describe.skip)(`tiers${reason === undefined ? '' : ` (${reason})`}`, () => {
  let server: ApiServer
  let client: KubernetesClient
  let stop: () => Promise<void>
  const reports: Report[] = []
  beforeAll(async () => {
    server = await startApiServer()
    client = await server.client()
    await installKinds(client)
  }, 90_000)
  afterEach(() => stop())
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  function start(): void {
    const abort = new AbortController()
    const informers = createTierInformers(client, silentLogger)
    const report = (one: Report) => reports.push(one)
    const controller = createTierController({ client, informers, logger: silentLogger, report })
    const running = [informers.tiers, ...informers.policies, controller].map((one) => one.run(abort.signal))
    stop = async () => {
      abort.abort()
      await Promise.all(running)
    }
  }
  const present = async () =>
    Object.fromEntries(
      (await client.list(tiers)).items.map(({ metadata: { name, finalizers }, spec, status }) => [
        name,
        `${spec.order ?? '-'} ${spec.defaultAction} ${status?.conditions?.[0]?.reason} ${finalizers}`,
      ]),
    )
  const reasonOf = (name: string) => tierConditions({ name, terminating: false }, [])[0]?.reason
  const builtIn = {
    'kube-admin': `1000 Pass ${reasonOf('kube-admin')} ${tierFinalizer}`,
    default: `1000000 Deny OK ${tierFinalizer}`,
    'kube-baseline': `10000000 Pass ${reasonOf('kube-baseline')} ${tierFinalizer}`,
  }

  test('the built-in ones are there, come back, and have their orders', async () => {
    await client.create(tiers, { metadata: { name: 'kube-admin' }, spec: { defaultAction: 'Pass' } })
    start()
    await eventually(async () => expect(await present()).toEqual(builtIn))
    const { uid } = (await client.get(tiers, 'default')).metadata
    await client.create(resourceOf(GlobalNetworkPolicy), { metadata: { name: 'stays' }, spec: { selector: 'all()' } })
    await client.delete(tiers, 'default')
    await eventually(async () => {
      expect((await client.get(tiers, 'default')).metadata.uid).not.toBe(uid)
      expect(await present()).toEqual(builtIn)
    })
    await client.delete(resourceOf(GlobalNetworkPolicy), 'stays')
  })

  test('one that is deleted stays while a policy is in it, and says which', async () => {
    start()
    await client.create(tiers, { metadata: { name: 'security' }, spec: { order: 10 } })
    await eventually(async () =>
      expect(await present()).toMatchObject({ security: `10 Deny ${reasonOf('security')} ${tierFinalizer}` }),
    )
    const spec = { tier: 'security', selector: 'all()' }
    await client.create(resourceOf(GlobalNetworkPolicy), { metadata: { name: 'everywhere' }, spec })
    await client.create(resourceOf(CalicoNetworkPolicy), { metadata: { namespace: 'default', name: 'here' }, spec })
    await client.delete(tiers, 'security')
    await eventually(async () => {
      const { conditions } = (await client.get(tiers, 'security')).status ?? {}
      expect(conditions).toMatchObject([
        { type: 'Ready', status: 'False', reason: 'Terminating' },
        { type: 'Terminating', status: 'True', reason: 'PoliciesInTier' },
      ])
      expect(conditions?.[1]?.message).toContain('GlobalNetworkPolicy everywhere, NetworkPolicy default/here')
    })
    await client.delete(resourceOf(GlobalNetworkPolicy), 'everywhere')
    await eventually(async () => {
      const { conditions } = (await client.get(tiers, 'security')).status ?? {}
      expect(conditions?.[1]?.message).not.toContain('everywhere')
    })
    await client.delete(resourceOf(CalicoNetworkPolicy), 'default/here')
    await eventually(async () => expect(Object.keys(await present())).not.toContain('security'))
    expect(reports).toMatchObject([{ kind: 'Tier', name: 'security', type: 'Warning', reason: 'PoliciesInTier' }])
  })

  test('a malformed one says so, is held by its policies, and goes', async () => {
    await acceptAnything(client, tiers)
    const spec = { order: 'first' }
    const odd = { metadata: { name: 'odd', finalizers: [tierFinalizer] }, spec }
    await eventually(() => client.create(tiers, odd as never))
    await client.create(resourceOf(GlobalNetworkPolicy), {
      metadata: { name: 'in-odd' },
      spec: { tier: 'odd', selector: 'all()' },
    })
    // It never saw the tier when it was right.
    start()
    const conditions = async () => (await client.get(tiers, 'odd')).status?.conditions
    await eventually(async () =>
      expect(await conditions()).toMatchObject([
        { type: 'Ready', status: 'False', reason: 'Invalid', message: expect.stringContaining('spec.order') },
      ]),
    )
    await client.delete(tiers, 'odd')
    await eventually(async () =>
      expect(await conditions()).toMatchObject([
        { reason: 'Terminating' },
        { reason: 'PoliciesInTier', message: expect.stringContaining('spec.order') },
      ]),
    )
    await client.delete(resourceOf(GlobalNetworkPolicy), 'in-odd')
    await eventually(async () => expect(Object.keys(await present())).not.toContain('odd'))
  })
})
