import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { enterHost } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labFolder } from '../host/lab-folder.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import { auditPolicy, auditPolicyFile, controlPlaneArgs } from './control-plane-args.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { LabApi } from './lab-api.ts'

export type ControlPlaneProgram = keyof ReturnType<typeof controlPlaneArgs>

/** Starts one program of the control plane, without waiting for it to serve. */
export async function startControlPlaneProgram(
  plan: LabPlan,
  program: ControlPlaneProgram,
  programs: Readonly<Record<ControlPlaneProgram, string>>,
): Promise<void> {
  const lab = plan.options.name
  const args = controlPlaneArgs(plan, labFolder(lab))[program]
  const command = enterHost(lab, 'control', undefined, [programs[program], ...args])
  await startLabDaemon({ lab, name: program, command })
}

/** Starts the API server and waits until it serves. */
export async function startApiServer(
  plan: LabPlan,
  programs: Readonly<Record<'kube-apiserver', string>>,
  api: () => LabApi,
  signal?: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  const args = controlPlaneArgs(plan, labFolder(lab))['kube-apiserver']
  await startLabDaemon({
    lab,
    name: 'kube-apiserver',
    command: enterHost(lab, 'control', undefined, [programs['kube-apiserver'], ...args]),
    ready: async () => (await api().text('/readyz')) === 'ok',
    timeoutSeconds: 120,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Writes the kubeconfigs of the control plane and starts it; resolves when the API server is ready. */
export async function startControlPlane(
  plan: LabPlan,
  programs: Readonly<Record<ControlPlaneProgram, string>>,
  api: () => LabApi,
  signal?: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  const folder = labFolder(lab)
  await mkdir(join(folder.path, 'control'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder.path, 'control', auditPolicyFile), stringify(auditPolicy))
  const server = `https://127.0.0.1:${plan.apiPort}`
  for (const name of ['controller-manager', 'scheduler', 'admin']) {
    await writeKubeconfig(lab, name, server, join(folder.pki, `${name}.kubeconfig`))
  }
  await startControlPlaneProgram(plan, 'etcd', programs)
  await startApiServer(plan, programs, api, signal)
  await Promise.all([
    startControlPlaneProgram(plan, 'kube-controller-manager', programs),
    startControlPlaneProgram(plan, 'kube-scheduler', programs),
  ])
}
