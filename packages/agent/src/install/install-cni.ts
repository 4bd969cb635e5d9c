import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf, readInstalled, writeInstalled } from './installed-files.ts'

export interface InstallOptions {
  /** Folder of the image. */
  readonly from: string
  /** The runtime's folder on the host. */
  readonly to: string
  /** Replace portmap and loopback of the host, too. */
  readonly updateAll: boolean
}

export interface InstallResult {
  readonly installed: readonly string[]
  /** The host's own, which were left. */
  readonly kept: readonly string[]
}

/**
 * Puts the CNI executables into the host's folder, and a record of them beside. `manx` is brought up to date; portmap and
 * loopback belong to the host where it has them already. Files that are equal are not touched.
 */
export function installCni({ from, to, updateAll }: InstallOptions): InstallResult {
  mkdirSync(to, { recursive: true, mode: 0o755 })
  const before = readInstalled(to)
  const record: Record<string, string> = {}
  const missing: string[] = []
  const kept: string[] = []
  for (const name of readdirSync(from).toSorted()) {
    const wanted = digestOf(join(from, name)) ?? ''
    const present = digestOf(join(to, name))
    const ours = name === 'manx' || present === undefined || present === before[name]
    if (!ours && !updateAll) {
      if (present !== wanted) kept.push(join(to, name))
      continue
    }
    record[name] = wanted
    if (present !== wanted) missing.push(name)
  }
  // First, so that a file is never there without its entry; an entry without its file does no harm.
  if (JSON.stringify(record) !== JSON.stringify(before)) writeInstalled(to, record)
  for (const name of missing) put(join(from, name), join(to, name), join(to, `.${name}.${process.pid}`))
  return { installed: missing.map((name) => join(to, name)), kept }
}

/** By rename: the runtime may be running the old one, and must never find half of the new. */
function put(source: string, target: string, temporary: string): void {
  try {
    copyFileSync(source, temporary)
    chmodSync(temporary, 0o755)
    renameSync(temporary, target)
  } finally {
    rmSync(temporary, { force: true })
  }
}
