import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageEntry } from './image-entry.ts'
import { planLayer } from './layer.ts'

/** Writes a layer's entries below a folder, with their modes; owners are those of the process. */
export async function writeTree(entries: readonly ImageEntry[], folder: string): Promise<void> {
  for (const entry of await planLayer(entries)) {
    const path = join(folder, entry.path)
    if (entry.type === 'directory') await mkdir(path, { recursive: true })
    else if (entry.link !== undefined) await symlink(entry.link, path)
    else if (entry.source !== undefined) await copyFile(entry.source, path)
    else await writeFile(path, entry.content ?? '')
    // After the fact: what the umask took away comes back.
    if (entry.type !== 'link') await chmod(path, entry.mode)
  }
}
