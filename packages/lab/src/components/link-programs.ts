import { mkdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentPaths } from './ensure-components.ts'
import type { ProgramName } from './programs.ts'

/** Makes `folder` hold a symbolic link per program, so that it serves as MANX_COMPONENTS or on a PATH. */
export async function linkPrograms(folder: string, paths: Partial<ComponentPaths<ProgramName>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, path] of Object.entries(paths)) {
    // The path may be such a link itself. Another run may be using the old link: replaced in one step, never absent.
    const temporary = join(folder, `.${name}.${process.pid}`)
    await rm(temporary, { force: true })
    await symlink(await realpath(path), temporary)
    await rename(temporary, join(folder, name))
  }
}
