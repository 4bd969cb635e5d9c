import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface ConflistOptions {
  /** Name of the network: the first part of every address's handle. */
  readonly network?: string
  /** Absent: pods get the agent's MTU of the day. */
  readonly mtu?: number
}

/**
 * The runtime's configuration: manx, then portmap for hostPort. A runtime that knows `cniVersions` picks 1.1.0 and with it
 * STATUS and GC; an older one reads `cniVersion`.
 */
export function conflist(options: ConflistOptions = {}): string {
  const { network = 'k8s-pod-network', mtu } = options
  const config = {
    name: network,
    cniVersion: '1.0.0',
    cniVersions: ['1.0.0', '1.1.0'],
    plugins: [
      { type: 'manx', ...(mtu === undefined ? {} : { mtu }) },
      { type: 'portmap', snat: true, capabilities: { portMappings: true } },
    ],
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

/**
 * Writes the configuration so that the runtime sees all of it or nothing. True when the file changed. It stays when the
 * agent stops: taking it away would make the node NotReady at each restart, and requests meanwhile are answered with
 * error 11 (STATUS with 50) by the executable.
 */
export function writeConflist(path: string, content: string): boolean {
  if (readIfThere(path) === content) return false
  // The runtime watches the folder and reads *.conf, *.conflist and *.json: this name is none of them.
  const temporary = join(dirname(path), `.${basename(path)}.new`)
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  try {
    writeFileSync(temporary, content, { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  return true
}

/** Configurations that the runtime prefers to ours, because their names sort before it. Each is a finding. */
export function foreignConflists(path: string): readonly string[] {
  let files: string[]
  try {
    files = readdirSync(dirname(path))
  } catch {
    return []
  }
  return files
    .filter((file) => /\.(conf|conflist|json)$/.test(file) && file < basename(path))
    .sort()
    .map((file) => join(dirname(path), file))
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
