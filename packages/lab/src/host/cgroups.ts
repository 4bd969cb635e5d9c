import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Parent cgroup of a node's pods, as kubelet's cgroupRoot has it. */
export function nodeCgroup(lab: string, node: string): string {
  return `/${labCgroup(lab)}/${node}`
}

function labCgroup(lab: string): string {
  return `manx-lab.${lab}`
}

/** The lab's folder, or that of one of its nodes, in each hierarchy that has one. */
async function labCgroupFolders(lab: string, node?: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const root of await cgroupHierarchies()) {
    const path = join(root, node === undefined ? labCgroup(lab) : nodeCgroup(lab, node))
    if ((await readdir(path).catch(() => undefined)) !== undefined) found.push(path)
  }
  return found
}

/** Every process of the containers of the lab, or of one node. */
export async function cgroupProcesses(lab: string, node?: string): Promise<readonly number[]> {
  const pids = new Set<number>()
  for (const folder of await labCgroupFolders(lab, node)) {
    for (const cgroup of await withDescendants(folder)) {
      const text = await readFile(join(cgroup, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) if (line !== '') pids.add(Number(line))
    }
  }
  return [...pids]
}

/** Removes the cgroups of the lab, or of one node; false while one is still in use. */
export async function removeCgroups(lab: string, node?: string): Promise<boolean> {
  let removed = true
  for (const folder of await labCgroupFolders(lab, node)) {
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

/** Makes a node's cgroup in every hierarchy, where kubelet wants to find it. */
export async function makeNodeCgroup(lab: string, node: string): Promise<void> {
  const hierarchies = await cgroupHierarchies()
  for (const root of hierarchies) {
    const path = join(root, nodeCgroup(lab, node))
    await mkdir(path, { recursive: true })
  }
}

/** Mount points: the v2 tree alone, or one for each v1 controller and perhaps a v2 one beside them. */
async function cgroupHierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  return mounts.filter(([, , type]) => type === 'cgroup' || type === 'cgroup2').map(([, path]) => path ?? '')
}
