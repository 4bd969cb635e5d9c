import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeInstalled } from '../install/installed-files.ts'

export interface FileOptions {
  readonly conflistPath: string
  /** Of what is lost at a reboot, and of what is kept. */
  readonly runFolder: string
  readonly stateFolder: string
  /** The runtime's folder of CNI executables; absent where it cannot be seen. */
  readonly cniFolder: string | undefined
  /** Where endpoint status is written; absent: nowhere. */
  readonly statusFolder: string | undefined
}

/** Removes what Manx has on disk. The runtime's configuration goes first: nobody is to ask for a pod any more. */
export function removeFiles({ conflistPath, runFolder, stateFolder, cniFolder, statusFolder }: FileOptions): void {
  rmSync(conflistPath, { force: true })
  if (cniFolder !== undefined) removeInstalled(cniFolder)
  if (statusFolder !== undefined) rmSync(statusFolder, { recursive: true, force: true })
  for (const folder of [runFolder, stateFolder]) empty(folder)
}

/** A folder that is mounted cannot be removed, only what is in it. */
function empty(folder: string): void {
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch {
    return
  }
  for (const name of names) rmSync(join(folder, name), { recursive: true, force: true })
  try {
    rmSync(folder, { recursive: true })
  } catch {
    // The mount itself; what it shows is empty.
  }
}
