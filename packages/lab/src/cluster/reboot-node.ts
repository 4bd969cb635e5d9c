import { setTimeout as sleep } from 'node:timers/promises'
import { makeHost } from '../fabric/make-namespaces.ts'
import { cgroupProcesses, makeNodeCgroup, removeCgroups } from '../host/cgroups.ts'
import { killProcess } from '../host/kill-process.ts'
import { labProcesses } from '../host/lab-processes.ts'
import type { LabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import { planLab } from '../plan/lab-plan.ts'
import { startEchoServers } from '../proof/echo-servers.ts'
import { startContainerd, startKubelet, startKubeProxy, startNodeHolder } from './start-node.ts'

/**
 * A node loses its power and boots again: its processes, its network and /run are gone, its disk is as it was. Resolves when
 * the node's daemons run, which is before it is Ready.
 */
export async function rebootNode(state: LabState, name: string): Promise<void> {
  const plan = planLab(state.options)
  const lab = state.options.name
  const node = plan.nodes.find((planned) => planned.name === name)
  if (node === undefined) {
    const nodes = plan.nodes.map((planned) => planned.name).join(', ')
    throw new LabError('Invalid', `there is no node ${JSON.stringify(name)} in lab '${lab}': ${nodes}`)
  }
  if (state.programs === undefined) throw new LabError('StartFailed', `lab '${lab}' is not complete: 'down' removes it`)
  await powerOff(lab, name)
  await makeHost(plan, name)
  await makeNodeCgroup(lab, name)
  const holder = await startNodeHolder(lab, node, state.programs)
  await startContainerd(lab, name, holder)
  await startKubelet(plan, node, holder)
  await startKubeProxy(lab, name, holder)
  await startEchoServers(plan, state.programs.agnhost)
}

async function powerOff(lab: string, node: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const daemons = (await labProcesses(lab)).filter(({ daemon }) => daemon.endsWith(`.${node}`))
    // What watches over others first: nobody gets to do anything about their end.
    const pids = [...daemons.map(({ pid }) => pid), ...(await cgroupProcesses(lab, node))]
    if (pids.length === 0) break
    if (Date.now() > deadline) throw new LabError('StartFailed', `processes of ${node} do not end: ${pids.join(', ')}`)
    for (const pid of pids) killProcess(pid)
    await sleep(50)
  }
  while (!(await removeCgroups(lab, node))) {
    if (Date.now() > deadline) throw new LabError('StartFailed', `cgroups of ${node} are still in use`)
    await sleep(50)
  }
}
