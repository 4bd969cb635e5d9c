import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ComponentError } from './component-error.ts'
import { componentOf, type ProgramName } from './programs.ts'
import type { Architecture } from './release.ts'
import type { ComponentVersions } from './versions.ts'

/** Written after the program, so that a program without it is one whose writer was killed. */
interface CacheRecord {
  readonly sha256: string
  readonly size: number
  /** Nanoseconds as text: while size and this are as recorded, the content is not hashed again. */
  readonly modified: string
}

/** Programs by component, version and architecture below the user's cache folder. */
export interface ProgramCache {
  readonly folder: string
  /** Path of a program whose content is what was stored; anything else counts as not there. */
  find(program: ProgramName): Promise<string | undefined>
  /** A new empty folder on the cache's own filesystem, for `store` to rename from; remove it when done. */
  stage(): Promise<string>
  /** Takes a file over as this program and returns its place. */
  store(program: ProgramName, file: string): Promise<string>
}

/** `manx` below XDG_CACHE_HOME, else ~/.cache. */
export function defaultCacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'manx')
}

export function openProgramCache(
  cacheFolder: string,
  versions: ComponentVersions,
  architecture: Architecture,
): ProgramCache {
  const folder = join(cacheFolder, 'components')
  const place = (program: ProgramName) => {
    const component = componentOf[program]
    return join(folder, `${component}-${versions[component]}-${architecture}`, program)
  }
  return {
    folder,
    find: async (program) => ((await isAsStored(place(program))) ? place(program) : undefined),
    stage: async () => {
      await mkdir(folder, { recursive: true }).catch((error: Error) => {
        throw new ComponentError('Invalid', `the cache folder ${folder} cannot be made: ${error.message}`, {
          cause: error,
        })
      })
      await removeAbandoned(folder)
      const staging = join(folder, `.staging-${process.pid}-${randomUUID().slice(0, 8)}`)
      await mkdir(staging)
      return staging
    },
    store: async (program, file) => {
      const path = place(program)
      await mkdir(join(path, '..'), { recursive: true })
      await chmod(file, 0o755)
      await flush(file)
      await rm(recordPath(path), { force: true })
      await rename(file, path)
      await writeRecord(path)
      return path
    },
  }
}

const recordPath = (path: string) => `${path}.json`

async function isAsStored(path: string): Promise<boolean> {
  try {
    const record = JSON.parse(await readFile(recordPath(path), 'utf8')) as CacheRecord
    const found = await stat(path, { bigint: true })
    if (found.size !== BigInt(record.size)) return false
    if (String(found.mtimeNs) === record.modified) return true
    if ((await sha256(path)) !== record.sha256) return false
    await writeRecord(path)
    return true
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function writeRecord(path: string): Promise<void> {
  const { size, mtimeNs } = await stat(path, { bigint: true })
  const record: CacheRecord = { sha256: await sha256(path), size: Number(size), modified: String(mtimeNs) }
  const temporary = `${recordPath(path)}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(record)}\n`)
  await rename(temporary, recordPath(path))
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** A power cut after the rename must not leave a file of zeros under the final name. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what killed processes left; a living one's staging folder is in use. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.staging-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
