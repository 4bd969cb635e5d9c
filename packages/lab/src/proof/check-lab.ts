import { stringify } from 'yaml'
import { connectLabApi } from '../cluster/lab-api.ts'
import type { LabState } from '../host/lab-state.ts'
import { kubectl } from '../install/kubectl.ts'
import { LabError } from '../lab-error.ts'
import { type LabPlan, planLab } from '../plan/lab-plan.ts'
import { captureFabric, type FabricCapture } from './capture-fabric.ts'
import { type DiscoveredWorld, discoverWorld } from './discover-world.ts'
import { startEchoServers } from './echo-servers.ts'
import { planProbes } from './plan-probes.ts'
import type { Probe } from './probe.ts'
import { probeManifest } from './probe-manifest.ts'
import { type RouterRoute, routerViews } from './router-view.ts'
import { runProbes } from './run-probes.ts'
import { type CheckResult, settleProbes } from './settle-probes.ts'
import { tunnelDevices } from './tunnel-devices.ts'

export interface CheckReport {
  readonly passed: boolean
  readonly results: readonly CheckResult[]
  /** Tunnel devices of the nodes, of which there must be none. */
  readonly tunnels: readonly string[]
  readonly captures: readonly FabricCapture[]
  readonly routers: Readonly<Record<string, readonly RouterRoute[]>>
}

/** Proves the network of a lab with real packets; probes that fail are repeated for `settleSeconds`. */
export async function checkLab(state: LabState, signal: AbortSignal, settleSeconds = 30): Promise<CheckReport> {
  const { apiPort, programs, agnhostImage } = state
  const plan = planLab(state.options)
  const lab = state.options.name
  if (apiPort === undefined || programs === undefined || agnhostImage === undefined) {
    throw new LabError('StartFailed', `lab '${lab}' is not complete (${state.phase}): 'down' removes it`)
  }
  const documents = probeManifest(agnhostImage).map((document) => stringify(document))
  await Promise.all([
    kubectl(lab, programs.kubectl, ['apply', '--server-side', '-f', '-'], documents.join('---\n')),
    startEchoServers(plan, programs.agnhost),
  ])
  const api = connectLabApi(lab, apiPort)
  try {
    const discovered = await discoverWorld(plan, api, signal)
    const { world, podPid } = discovered
    const results = await settleProbes(planProbes(plan, world), { lab, podPid, settleSeconds, signal })
    const captures = await capture(plan, discovered)
    const tunnels = await tunnelDevices(plan)
    const passed =
      results.every(({ failures }) => failures.length === 0) &&
      captures.every(({ problem }) => problem === undefined) &&
      tunnels.length === 0
    return { passed, results, tunnels, captures, routers: await routerViews(plan) }
  } finally {
    api.close()
  }
}

/** One connection in each family between pods as far apart as there are. */
async function capture(plan: LabPlan, { world, podPid }: DiscoveredWorld): Promise<readonly FabricCapture[]> {
  const rackOf = (node: string) => plan.nodes.find(({ name }) => name === node)?.rack
  const from = world.probes[0]
  const to =
    world.peers.find(({ node }) => from !== undefined && rackOf(node) !== rackOf(from.node)) ??
    world.peers.find(({ node }) => from !== undefined && node !== from.node)
  // One node: no packet between pods is ever on the fabric.
  if (from === undefined || to === undefined) return []
  return await Promise.all(
    (['v4', 'v6'] as const).map((family) => {
      const probe = planProbes(plan, { ...world, probes: [from], peers: [to] }).find(
        (candidate) => candidate.family === family && candidate.action.kind === 'dial',
      ) as Probe
      return captureFabric(plan, family, from, to, async () => {
        await runProbes(plan.options.name, [probe], podPid)
      })
    }),
  )
}
