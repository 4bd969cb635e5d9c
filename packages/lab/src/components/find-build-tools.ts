import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { commandPath } from '@manx/testbed'
import { ComponentError } from './component-error.ts'
import { findGo, type GoTool } from './go-tool.ts'
import { componentOf, type ProgramName } from './programs.ts'
import { type ComponentVersions, knownVersions } from './versions.ts'

const runFile = promisify(execFile)

/** Checks everything that building these programs will need, before the first of them takes its minutes. */
export async function findBuildTools(
  programs: readonly ProgramName[],
  versions: ComponentVersions,
  offline: boolean,
): Promise<GoTool> {
  const modules = programs.map((program) => {
    const component = componentOf[program]
    const version = versions[component]
    return knownVersions[component][version]?.module ?? component
  })
  const go = await findGo([...new Set(modules)], { offline })
  if (programs.includes('runc')) await requireSeccomp()
  return go
}

/** runc without seccomp cannot start a pod sandbox, and only Debian's development package has the static library. */
async function requireSeccomp(): Promise<void> {
  const packages = ['libseccomp-dev', 'pkg-config', 'gcc']
  const found =
    commandPath('pkg-config') !== undefined &&
    commandPath('gcc') !== undefined &&
    (await runFile('pkg-config', ['--exists', 'libseccomp']).then(
      () => true,
      () => false,
    ))
  if (found) return
  throw new ComponentError(
    'ToolMissing',
    `Building runc needs the headers of libseccomp and a C compiler: apt-get install -y ${packages.join(' ')}`,
  )
}
