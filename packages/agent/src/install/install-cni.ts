import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

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
 * Puts the CNI executables into the host's folder. `manx` is brought up to date; portmap and loopback belong to the host
 * where it has them already. Files that are equal are not touched.
 */
export function installCni({ from, to, updateAll }: InstallOptions): InstallResult {
  mkdirSync(to, { recursive: true, mode: 0o755 })
  const installed: string[] = []
  const kept: string[] = []
  for (const name of readdirSync(from).toSorted()) {
    const [source, target] = [join(from, name), join(to, name)]
    if (existsSync(target)) {
      if (readFileSync(target).equals(readFileSync(source))) continue
      if (name !== 'manx' && !updateAll) {
        kept.push(target)
        continue
      }
    }
    // By rename: the runtime may be running the old one, and must never find half of the new.
    const temporary = join(to, `.${name}.${process.pid}`)
    try {
      copyFileSync(source, temporary)
      chmodSync(temporary, 0o755)
      renameSync(temporary, target)
    } finally {
      rmSync(temporary, { force: true })
    }
    installed.push(target)
  }
  return { installed, kept }
}
