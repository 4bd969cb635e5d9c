import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { eventually, output, skipReason } from '@manx/testbed'
import { type ComponentPaths, ensureComponents } from '../src/components/index.ts'
import { healLab, killRouter, setCable } from '../src/fabric/faults.ts'
import { makeNamespaces } from '../src/fabric/make-namespaces.ts'
import { type AvailableRouters, availableRouters, chooseRouterKinds } from '../src/fabric/router-kinds.ts'
import { startRouter } from '../src/fabric/start-router.ts'
import { createLabState, type LabState } from '../src/host/lab-state.ts'
import { findLab, isGone, removeLab } from '../src/host/remove-lab.ts'
import { type LabPlan, namespaceName, planLab } from '../src/plan/lab-plan.ts'

const reason = skipReason({
  root: true,
  commands: ['ip', 'nsenter', 'ping', '/usr/lib/frr/bgpd', 'vtysh', 'bird', 'birdc'],
})
const made: string[] = []

afterEach(async () => {
  for (const name of made.splice(0)) {
    await removeLab(name)
    expect(isGone(await findLab(name))).toBe(true)
  }
}, 60_000)

/** A fabric without a cluster, under a name of its own. */
async function makeFabric(mesh: boolean, available: AvailableRouters): Promise<{ plan: LabPlan; state: LabState }> {
  const name = `tf-${randomBytes(3).toString('hex')}`
  made.push(name)
  const plan = planLab({ name, nodes: 3, mesh })
  const programs = (await ensureComponents({ names: ['gobgpd', 'gobgp'] })) as ComponentPaths
  const routers = chooseRouterKinds(plan.routers, available)
  const upProcess = { pid: process.pid, startTime: '' }
  const state: LabState = {
    options: plan.options,
    phase: 'ready',
    createdAt: '',
    upProcess,
    steps: [],
    programs,
    routers,
  }
  await createLabState(state)
  await makeNamespaces(plan)
  await Promise.all(plan.routers.map((router) => startRouter(plan, router, routers[router.name] ?? 'gobgp', programs)))
  return { plan, state }
}

const ping = (plan: LabPlan, from: string, to: string) =>
  output('ping', ['-n', '-c1', '-W1', to], { namespace: namespaceName(plan.options.name, from) })

/** Every node reaches every other, the control plane and the outside, in both families. */
async function everyoneReached(plan: LabPlan): Promise<void> {
  const targets = plan.hosts.filter(({ role }) => role === 'node' || role === 'control' || role === 'outside')
  await eventually(
    async () => {
      for (const { name } of plan.nodes) {
        await Promise.all(
          targets.flatMap(({ address }) => [ping(plan, name, address.v4), ping(plan, name, address.v6)]),
        )
      }
    },
    { timeout: 60_000, interval: 500 },
  )
}

;(reason === undefined ? describe : describe.skip)(`the fabric${reason === undefined ? '' : ` (${reason})`}`, () => {
  test.each([
    ['FRR and BIRD', availableRouters()],
    ['GoBGP in place of both', { frr: false, bird: false }],
    ['FRR at the spine and GoBGP as one ToR', { frr: true, bird: false }],
  ])(
    'routes between racks with %s',
    async (_, available) => {
      const { plan } = await makeFabric(false, available)
      await everyoneReached(plan)
    },
    90_000,
  )

  test('with a mesh the ToRs are switches of one subnet', async () => {
    const { plan } = await makeFabric(true, availableRouters())
    await everyoneReached(plan)
  }, 90_000)

  test.each([
    ['FRR', 'tor1', availableRouters()],
    ['BIRD', 'tor2', availableRouters()],
    ['GoBGP', 'tor1', { frr: false, bird: false }],
  ])(
    'a killed %s comes back as it was',
    async (_, router, available) => {
      const { plan, state } = await makeFabric(false, available)
      await everyoneReached(plan)
      await killRouter(plan, router)
      await eventually(() => expect(ping(plan, 'node1', plan.nodes[2]?.address.v4 ?? '')).rejects.toThrow('exited 1'), {
        timeout: 30_000,
      })
      await healLab(state, router)
      await everyoneReached(plan)
    },
    120_000,
  )

  test('a cable that was cut and mended carries again, its addresses kept in both families', async () => {
    const { plan, state } = await makeFabric(false, availableRouters())
    await everyoneReached(plan)
    await setCable(plan, 'node3', 'down')
    await setCable(plan, 'tor1', 'down')
    await expect(ping(plan, 'node3', '172.22.0.1')).rejects.toThrow('exited 1')
    await healLab(state)
    await everyoneReached(plan)
  }, 120_000)
})
