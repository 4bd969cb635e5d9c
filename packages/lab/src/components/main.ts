// `node packages/lab/src/components/main.ts [PROGRAM…]` gets programs and prints the folder that holds them all.
import { join } from 'node:path'
import { ComponentError } from './component-error.ts'
import { describeProgress } from './describe-progress.ts'
import { ensureComponents } from './ensure-components.ts'
import { linkPrograms } from './link-programs.ts'
import { defaultCacheFolder } from './program-cache.ts'
import { componentOf, labPrograms, type ProgramName } from './programs.ts'

const isProgram = (name: string): name is ProgramName => Object.hasOwn(componentOf, name)

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isProgram(name))
if (unknown.length > 0) {
  console.error(`no such program: ${unknown.join(', ')}. There are ${Object.keys(componentOf).join(', ')}`)
  process.exit(2)
}
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
try {
  const names = asked.length === 0 ? labPrograms : asked.filter(isProgram)
  const paths = await ensureComponents({
    names,
    onProgress: (progress) => console.error(describeProgress(progress)),
    signal: interrupted.signal,
  })
  const folder = join(defaultCacheFolder(), 'components', 'bin')
  await linkPrograms(folder, paths)
  console.log(folder)
} catch (error) {
  console.error(error instanceof ComponentError ? error.message : error)
  process.exit(1)
}
