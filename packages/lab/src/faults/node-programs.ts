import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupProcesses } from '../host/cgroups.ts'
import { killProcess } from '../host/kill-process.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan } from '../plan/lab-plan.ts'

/** What runs on a node in Manx's pod. */
export type NodeProgram = 'agent' | 'gobgpd'

/** Pid of a program on a node, while it runs. */
export async function programPid(plan: LabPlan, node: string, program: NodeProgram): Promise<number | undefined> {
  for (const pid of await cgroupProcesses(plan.options.name, node)) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (isProgram(words, program)) return pid
  }
  return undefined
}

export function isProgram([command = '', ...args]: readonly string[], program: NodeProgram): boolean {
  if (program === 'gobgpd') return command.endsWith('/gobgpd')
  const at = args.findIndex((word) => word.endsWith('/agent.cjs'))
  return at >= 0 && (args[at + 1] ?? '') === ''
}

/** Waits until it runs, and returns its pid. */
export async function runningProgram(
  plan: LabPlan,
  node: string,
  program: NodeProgram,
  signal: AbortSignal,
  seconds = 60,
): Promise<number> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const pid = await programPid(plan, node, program)
    if (pid !== undefined) return pid
    if (Date.now() > deadline)
      throw new LabError('CheckFailed', `${program} did not come back on ${node} in ${seconds} s`)
    await sleep(100, undefined, { signal })
  }
}

/** SIGKILL: no chance to say goodbye. */
export async function killProgram(
  plan: LabPlan,
  node: string,
  programs: readonly NodeProgram[],
  signal: AbortSignal,
): Promise<void> {
  const pids = await Promise.all(programs.map((program) => runningProgram(plan, node, program, signal)))
  for (const pid of pids) killProcess(pid)
}
