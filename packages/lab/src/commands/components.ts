import { join } from 'node:path'
import { output } from '@manx/testbed'
import { describeProgress } from '../components/describe-progress.ts'
import { allPrograms, ensureComponents, linkPrograms } from '../components/index.ts'
import { defaultCacheFolder } from '../components/program-cache.ts'
import { interruptSignal } from './interrupt-signal.ts'

export async function components(options: {
  readonly printFolder: boolean
  readonly install: boolean
  readonly components?: string
}): Promise<void> {
  // What runc's build needs.
  if (options.install)
    await output('apt-get', ['install', '-q', '-y', 'libseccomp-dev', 'pkg-config', 'gcc', 'libc6-dev'])
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
