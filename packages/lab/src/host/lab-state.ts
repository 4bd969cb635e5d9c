import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ComponentPaths, labPrograms } from '../components/index.ts'
import type { RouterKind } from '../fabric/router-kinds.ts'
import { LabError } from '../lab-error.ts'
import { checkLabName, type LabOptions } from '../plan/lab-options.ts'
import { labFolder, labsFolder } from './lab-folder.ts'

export type LabPrograms = ComponentPaths<(typeof labPrograms)[number]>

/**
 * What cannot be found out by looking: the options and how far `up` came. Processes, namespaces and cgroups carry the lab's
 * name and are discovered, so a lab whose `up` was killed at any moment is as removable as a complete one.
 */
export interface LabState {
  readonly options: LabOptions
  readonly phase: 'starting' | 'ready' | 'failed'
  readonly createdAt: string
  /** The process that runs `up`, for `down` to stop it first. */
  readonly upProcess: { readonly pid: number; readonly startTime: string }
  /** Port on 127.0.0.1 of the machine's namespace that leads to the API server. */
  readonly apiPort?: number
  /** Path of each program that the lab was started with. */
  readonly programs?: LabPrograms
  /** Name of the image that the proof's pods run. */
  readonly agnhostImage?: string
  /** What each router runs: `frr`, `bird` or `gobgp`. */
  readonly routers?: Readonly<Record<string, RouterKind>>
  readonly steps: readonly { readonly title: string; readonly seconds: number }[]
}

/** Takes the name: the folder is made by whoever comes first, anyone else is told. */
export async function createLabState(state: LabState): Promise<void> {
  const folder = labFolder(state.options.name)
  await mkdir(labsFolder, { recursive: true, mode: 0o755 })
  try {
    await mkdir(folder.path, { mode: 0o755 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const phase = (await readLabState(state.options.name))?.phase ?? 'unfinished'
    throw new LabError(
      'NameTaken',
      `lab '${state.options.name}' is there already (${phase}): remove it with 'npm run lab -- down --name ${state.options.name}' or choose another --name`,
    )
  }
  await mkdir(folder.logs, { recursive: true })
  await writeLabState(state)
}

/** Written aside and renamed: a reader never sees half of it. */
export async function writeLabState(state: LabState): Promise<void> {
  const path = labFolder(state.options.name).state
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${path}.new`, path)
}

/** Undefined when there is no lab of this name, or its folder has no readable state (an `up` that was killed at once). */
export async function readLabState(name: string): Promise<LabState | undefined> {
  try {
    return JSON.parse(await readFile(labFolder(name).state, 'utf8')) as LabState
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The state, or a NotFound error that says how to make the lab. */
export async function requireLabState(name: string): Promise<LabState> {
  const state = await readLabState(checkLabName(name))
  if (state !== undefined) return state
  const others = await labNames()
  const known = others.length === 0 ? 'there are no labs on this machine' : `there are: ${others.join(', ')}`
  throw new LabError('NotFound', `there is no lab '${name}' (${known}); 'npm run lab -- --name ${name}' makes it`)
}

export async function labNames(): Promise<readonly string[]> {
  try {
    return (await readdir(labsFolder)).sort()
  } catch {
    return []
  }
}
