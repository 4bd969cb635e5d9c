import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

const mountPoint = '/sys/fs/cgroup'

/** Parent cgroup of a node's pods, as kubelet's cgroupRoot has it. */
export function nodeCgroup(lab: string, node: string): string {
  return `/${labCgroup(lab)}/${node}`
}

function labCgroup(lab: string): string {
  return `manx-lab.${lab}`
}

/** The lab's folder in each hierarchy: one with pure v2, one per controller with v1. */
async function labCgroupFolders(lab: string): Promise<readonly string[]> {
  const children = await readdir(mountPoint, { withFileTypes: true }).catch(() => [])
  const roots = [
    mountPoint,
    ...children.filter((entry) => entry.isDirectory()).map(({ name }) => join(mountPoint, name)),
  ]
  const found: string[] = []
  for (const root of roots) {
    const path = join(root, labCgroup(lab))
    if ((await readdir(path).catch(() => undefined)) !== undefined) found.push(path)
  }
  return found
}

/** Every process of the lab's containers. */
export async function cgroupProcesses(lab: string): Promise<readonly number[]> {
  const pids = new Set<number>()
  for (const folder of await labCgroupFolders(lab)) {
    for (const cgroup of await withDescendants(folder)) {
      const text = await readFile(join(cgroup, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) if (line !== '') pids.add(Number(line))
    }
  }
  return [...pids]
}

/** Removes the lab's cgroups; false while one is still in use. */
export async function removeCgroups(lab: string): Promise<boolean> {
  let removed = true
  for (const folder of await labCgroupFolders(lab)) {
    for (const cgroup of (await withDescendants(folder)).reverse()) {
      try {
        await rmdir(cgroup)
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue
        if (error instanceof Error && 'code' in error && error.code === 'EBUSY') removed = false
        else throw error
      }
    }
  }
  return removed
}

/** A parent comes before its children. */
async function withDescendants(folder: string): Promise<string[]> {
  const children = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const below = await Promise.all(
    children.filter((entry) => entry.isDirectory()).map(({ name }) => withDescendants(join(folder, name))),
  )
  return [folder, ...below.flat()]
}
