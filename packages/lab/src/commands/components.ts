import { join } from 'node:path'
import { debianPackages } from '@manx/testbed'
import { describeProgress } from '../components/describe-progress.ts'
import { allPrograms, ensureComponents, linkPrograms } from '../components/index.ts'
import { defaultCacheFolder } from '../components/program-cache.ts'
import { installPackages } from '../host/prerequisites.ts'
import { interruptSignal } from './interrupt-signal.ts'

/** What the builds of runc and of the CNI pipe need; the pipe's tests are chained with Debian's own portmap. */
const builtWith = ['libseccomp-dev', 'pkg-config', 'gcc', 'libc6-dev', 'containernetworking-plugins'] as const

export async function components(options: {
  readonly printFolder: boolean
  readonly install: boolean
  readonly components?: string
}): Promise<void> {
  if (options.install) await installPackages(Object.keys(debianPackages), builtWith)
  const paths = await ensureComponents({
    names: allPrograms,
    ...(options.components === undefined ? {} : { directory: options.components }),
    onProgress: (step) => console.error(describeProgress(step)),
    signal: interruptSignal(),
  })
  const folder = join(defaultCacheFolder(), 'components', 'bin')
  await linkPrograms(folder, paths)
  if (!options.printFolder) for (const [program, path] of Object.entries(paths)) console.log(`${program}\t${path}`)
  console.log(folder)
}
