import { output } from '@manx/testbed'
import { labProcesses } from '../host/lab-processes.ts'
import type { LabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import { type LabPlan, namespaceName, planLab } from '../plan/lab-plan.ts'
import { startRouter } from './start-router.ts'

/** Cuts or restores the cable between a host and what is above it, on the upper side: the host loses its carrier. */
export async function setCable(plan: LabPlan, host: string, state: 'up' | 'down'): Promise<void> {
  const link = plan.links.find(({ b }) => b.host === host)
  if (link === undefined) {
    const hosts = plan.links.map(({ b }) => b.host)
    throw new LabError('Invalid', `${JSON.stringify(host)} has no cable to cut: ${hosts.join(', ')}`)
  }
  const namespace = namespaceName(plan.options.name, link.a.host)
  await output('ip', ['link', 'set', link.a.name, state], { namespace })
}

/** A router dies: its daemons get no chance to say goodbye, its cables are dead. */
export async function killRouter(plan: LabPlan, name: string): Promise<void> {
  requireRouter(plan, name)
  const processes = await labProcesses(plan.options.name)
  for (const { pid, daemon } of processes) {
    if (daemon.endsWith(`.${name}`) && !daemon.startsWith('echo.')) process.kill(pid, 'SIGKILL')
  }
  await setInterfaces(plan, name, 'down')
}

/** Restores cables and starts the routing daemons that are not running, on one host or everywhere. */
export async function healLab(state: LabState, host?: string): Promise<void> {
  const plan = planLab(state.options)
  const lab = state.options.name
  const hosts = plan.hosts.filter(({ name }) => host === undefined || name === host)
  if (hosts.length === 0) throw new LabError('Invalid', `there is no host ${JSON.stringify(host)} in lab '${lab}'`)
  const { programs } = state
  if (programs === undefined) throw new LabError('StartFailed', `lab '${lab}' is not complete: 'down' removes it`)
  for (const { name } of hosts) await setInterfaces(plan, name, 'up')
  for (const link of plan.links) {
    if (hosts.some(({ name }) => name === link.b.host)) await setCable(plan, link.b.host, 'up')
  }
  const running = await labProcesses(lab)
  for (const router of plan.routers) {
    if (!hosts.some(({ name }) => name === router.name)) continue
    const alive = running.some(({ daemon }) => daemon.endsWith(`.${router.name}`) && !daemon.startsWith('echo.'))
    if (!alive) await startRouter(plan, router, state.routers?.[router.name] ?? 'gobgp', programs)
  }
}

async function setInterfaces(plan: LabPlan, host: string, state: 'up' | 'down'): Promise<void> {
  const ends = plan.links.flatMap(({ a, b }) => [a, b]).filter((end) => end.host === host)
  const bridges = plan.hosts.find(({ name }) => name === host)?.bridges ?? []
  const namespace = namespaceName(plan.options.name, host)
  const input = [...bridges, ...ends].map(({ name }) => `link set ${name} ${state}\n`).join('')
  await output('ip', ['-batch', '-'], { namespace, input })
}

function requireRouter(plan: LabPlan, name: string): void {
  const routers = plan.routers.map((router) => router.name)
  if (routers.some((router) => router === name)) return
  const known = routers.length === 0 ? 'with --mesh there is none' : `there are ${routers.join(', ')}`
  throw new LabError('Invalid', `${JSON.stringify(name)} is no router of lab '${plan.options.name}': ${known}`)
}
