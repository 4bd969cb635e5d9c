import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Name to SHA-256 of each file that Manx has put into a folder of the host. */
export type InstalledFiles = Readonly<Record<string, string>>

/** Beside the files, because nothing else of the host is seen by those who install. Runtimes pass it over. */
const recordName = '.manx-installed.json'

export function readInstalled(folder: string): InstalledFiles {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, recordName), 'utf8'))
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(Object.entries(value).filter(([name]) => /^[A-Za-z0-9_-]+$/.test(name)))
  } catch {
    return {}
  }
}

export function writeInstalled(folder: string, files: InstalledFiles): void {
  const path = join(folder, recordName)
  writeFileSync(`${path}.new`, JSON.stringify(files), { mode: 0o644 })
  renameSync(`${path}.new`, path)
}

/** Removes what Manx has put there. A file that somebody has replaced since is theirs. */
export function removeInstalled(folder: string): void {
  for (const [name, digest] of Object.entries(readInstalled(folder))) {
    if (digestOf(join(folder, name)) === digest) rmSync(join(folder, name), { force: true })
  }
  rmSync(join(folder, recordName), { force: true })
}

/** Undefined when there is no such file. */
export function digestOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return undefined
  }
}
