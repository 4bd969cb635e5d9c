import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const lab = fileURLToPath(new URL('../../../lab/src/main.ts', import.meta.url))
const repository = fileURLToPath(new URL('../../../..', import.meta.url))

/** The folder with etcd, kube-apiserver, gobgpd and the CNI plugins: $MANX_COMPONENTS, else the lab's, got when it is not there. */
export async function componentsFolder(): Promise<string> {
  const given = process.env.MANX_COMPONENTS
  if (given !== undefined && given !== '') return given
  const { stdout } = await promisify(execFile)(process.execPath, [lab, 'components', '--print-folder'])
  return stdout.trim().split('\n').at(-1) ?? ''
}

/** A CNI plugin to compare with: of the components, else Debian's. */
export function peerPlugins(): { readonly folder: string; readonly source: string } {
  const candidates = [
    { folder: process.env.MANX_COMPONENTS ?? '', source: 'the components' },
    { folder: '/usr/lib/cni', source: 'Debian' },
  ]
  const found = candidates.find(({ folder }) =>
    ['ptp', 'bridge', 'host-local'].every((name) => isExecutable(join(folder, name))),
  )
  if (found === undefined)
    throw new Error('ptp, bridge and host-local are missing (apt-get install containernetworking-plugins)')
  return found
}

/** Builds the agent's bundle as it ships, and resolves with its path; $MANX_AGENT names one that is measured instead. */
export async function buildAgent(): Promise<string> {
  const given = process.env.MANX_AGENT
  if (given !== undefined && given !== '') return given
  const folder = join(repository, 'packages', 'agent')
  await promisify(execFile)(
    process.execPath,
    [join(repository, 'scripts', 'bundle.mjs'), 'src/main.ts', 'dist/agent.cjs'],
    { cwd: folder },
  )
  return join(folder, 'dist', 'agent.cjs')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
