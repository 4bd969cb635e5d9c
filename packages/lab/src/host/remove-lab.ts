import { readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { output, run } from '@manx/testbed'
import { LabError } from '../lab-error.ts'
import { namespaceName } from '../plan/lab-plan.ts'
import { cgroupProcesses, removeCgroups } from './cgroups.ts'
import { killProcess } from './kill-process.ts'
import { labFolder, labsFolder } from './lab-folder.ts'
import { type LabProcess, labProcesses, processStartTime } from './lab-processes.ts'
import { labNames, readLabState } from './lab-state.ts'

/** What of a lab is on this machine. */
export interface LabRemains {
  readonly processes: readonly LabProcess[]
  readonly containerProcesses: readonly number[]
  readonly namespaces: readonly string[]
  readonly mounts: readonly string[]
  readonly folder: boolean
}

/** Looks for everything that carries the lab's name, whatever a state file says. */
export async function findLab(name: string): Promise<LabRemains> {
  const [processes, containerProcesses, namespaces, mounts, names] = await Promise.all([
    labProcesses(name),
    cgroupProcesses(name),
    labNamespaces(name),
    labMounts(name),
    labNames(),
  ])
  return { processes, containerProcesses, namespaces, mounts, folder: names.includes(name) }
}

export function isGone(remains: LabRemains): boolean {
  const { processes, containerProcesses, namespaces, mounts, folder } = remains
  return processes.length + containerProcesses.length + namespaces.length + mounts.length === 0 && !folder
}

/**
 * Ends and removes everything of a lab. Returns false when there was nothing.
 * A node's mounts are in a mount namespace of its own and vanish with its last process.
 */
export async function removeLab(name: string): Promise<boolean> {
  await stopUp(name)
  if (isGone(await findLab(name))) return false
  // From those who start others to those who are started, so that nobody starts a new one behind our back.
  const order = [/^kubelet\./, /^kube-proxy\./, /^containerd\./, /^holder\./, /./]
  for (const daemons of order) {
    await endAll(async () =>
      (await labProcesses(name)).filter(({ daemon }) => daemons.test(daemon)).map(({ pid }) => pid),
    )
    if (daemons.test('containerd.')) await endAll(() => cgroupProcesses(name))
  }
  // A program that was started in a lab with an environment of its own.
  await endAll(() => labProcesses(name).then((processes) => processes.map(({ pid }) => pid)))
  for (const mount of [...(await labMounts(name))].reverse()) await run('umount', ['--lazy', mount])
  for (const namespace of await labNamespaces(name)) await output('ip', ['netns', 'delete', namespace])
  await until(() => removeCgroups(name), `cgroups of lab '${name}' are still in use`)
  await rm(labFolder(name).path, { recursive: true, force: true })
  // The last lab takes the common folder with it; not empty means that there are others.
  await rmdir(labsFolder).catch(() => undefined)
  return true
}

/** An `up` that is still running would go on making things. */
async function stopUp(name: string): Promise<void> {
  const up = (await readLabState(name))?.upProcess
  if (up === undefined || up.pid === process.pid) return
  if ((await processStartTime(up.pid)) !== up.startTime) return
  killProcess(up.pid)
  await until(async () => (await processStartTime(up.pid)) !== up.startTime, `'up' (process ${up.pid}) does not end`)
}

async function endAll(find: () => Promise<readonly number[]>): Promise<void> {
  await until(async () => {
    const pids = await find()
    for (const pid of pids) killProcess(pid)
    return pids.length === 0
  }, 'some processes do not end')
}

async function until(done: () => Promise<boolean>, complaint: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await done())) {
    if (Date.now() > deadline) throw new LabError('StartFailed', `${complaint}; run 'down' again`)
    await sleep(20)
  }
}

async function labNamespaces(name: string): Promise<readonly string[]> {
  const prefix = namespaceName(name, '')
  const names = await readdir('/run/netns').catch(() => [])
  return names.filter((namespace) => namespace.startsWith(prefix))
}

async function labMounts(name: string): Promise<readonly string[]> {
  const folder = `${labFolder(name).path}/`
  const table = await readFile('/proc/self/mounts', 'utf8')
  return table
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(folder))
}
