import { connectLabApi } from './cluster/lab-api.ts'
import { labFolder } from './host/lab-folder.ts'
import { labProcesses } from './host/lab-processes.ts'
import type { LabState } from './host/lab-state.ts'
import { nodesNotReady } from './install/install-manx.ts'
import { type Dual, type HostRole, planLab } from './plan/lab-plan.ts'

/** What a lab is and what of it runs, as `status -o json` prints it. */
export interface LabStatus {
  readonly name: string
  readonly phase: string
  readonly createdAt: string
  readonly mesh: boolean
  readonly kubeconfig: string
  readonly logs: string
  readonly hosts: readonly {
    readonly name: string
    readonly role: HostRole
    readonly namespace: string
    readonly address: Dual
    readonly daemons: readonly string[]
    /** Nodes only, and only when the API server answers. */
    readonly ready?: boolean
  }[]
  readonly steps: LabState['steps']
  readonly problem?: string
}

export async function labStatus(state: LabState): Promise<LabStatus> {
  const { name, mesh } = state.options
  const processes = await labProcesses(name)
  const { notReady, problem } = await readiness(state)
  const daemonsOf = (host: string) => {
    const own = processes.filter(({ daemon }) => daemon.endsWith(`.${host}`)).map(({ daemon }) => daemon)
    const control = processes.map(({ daemon }) => daemon).filter((daemon) => !daemon.includes('.'))
    return [...new Set(host === 'control' ? control : own.map((daemon) => daemon.slice(0, -host.length - 1)))].sort(
      (a, b) => a.localeCompare(b),
    )
  }
  return {
    name,
    phase: state.phase,
    createdAt: state.createdAt,
    mesh,
    kubeconfig: labFolder(name).kubeconfig,
    logs: labFolder(name).logs,
    hosts: planLab(state.options).hosts.map((host) => ({
      name: host.name,
      role: host.role,
      namespace: host.namespace,
      address: host.address,
      daemons: daemonsOf(host.name),
      ...(host.role === 'node' && notReady !== undefined ? { ready: !notReady.includes(host.name) } : {}),
    })),
    steps: state.steps,
    ...(problem === undefined ? {} : { problem }),
  }
}

async function readiness(state: LabState): Promise<{ notReady?: readonly string[]; problem?: string }> {
  if (state.apiPort === undefined) return { problem: 'the control plane was not started' }
  const api = connectLabApi(state.options.name, state.apiPort)
  try {
    return { notReady: await nodesNotReady(api) }
  } catch (error) {
    return { problem: `the API server does not answer: ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    api.close()
  }
}
