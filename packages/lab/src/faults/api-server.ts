import { setTimeout as sleep } from 'node:timers/promises'
import { startApiServer } from '../cluster/start-control-plane.ts'
import { killProcess } from '../host/kill-process.ts'
import { labProcesses } from '../host/lab-processes.ts'
import { LabError } from '../lab-error.ts'
import type { FaultLab } from './fault-lab.ts'

/** The API server dies; etcd and everybody else stay. */
export async function killApiServer({ plan }: FaultLab): Promise<void> {
  const find = async () => (await labProcesses(plan.options.name)).filter(({ daemon }) => daemon === 'kube-apiserver')
  for (const { pid } of await find()) killProcess(pid)
  while ((await find()).length > 0) await sleep(20)
}

/** Starts it again and waits until it serves. */
export async function restoreApiServer({ plan, state, api, signal }: FaultLab): Promise<void> {
  if (state.programs === undefined) throw new LabError('StartFailed', 'the lab is not complete')
  await startApiServer(plan, state.programs, () => api, signal)
}
