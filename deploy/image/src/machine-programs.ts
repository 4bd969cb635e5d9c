import { realpath } from 'node:fs/promises'
import type { ImageEntry } from './image-entry.ts'
import { libraryClosure } from './library-closure.ts'

/** Programs of this machine, by their path in the image, with the shared libraries that they need. */
export async function machinePrograms(programs: Readonly<Record<string, string>>): Promise<readonly ImageEntry[]> {
  const files = await Promise.all(
    Object.entries(programs).map(async ([path, source]) => ({ path, source: await realpath(source), mode: 0o755 })),
  )
  return [...files, ...(await libraryClosure(files.map(({ source }) => source)))]
}
