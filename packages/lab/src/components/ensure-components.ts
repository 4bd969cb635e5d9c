import { access, constants, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buildPlan } from './build-plan.ts'
import { ComponentError } from './component-error.ts'
import { downloadPrograms } from './download-programs.ts'
import { findBuildTools } from './find-build-tools.ts'
import { defaultCacheFolder, openProgramCache } from './program-cache.ts'
import { componentOf, type ProgramName } from './programs.ts'
import { type Architecture, type Mirrors, mirrorsFrom } from './release.ts'
import { type ComponentVersions, defaultVersions, knownVersions } from './versions.ts'

export type ComponentSource = 'directory' | 'cache' | 'download' | 'build'

/** Absolute path of each program that was asked for. */
export type ComponentPaths<Name extends ProgramName = ProgramName> = Readonly<Record<Name, string>>

/** One line per step for the one who waits. */
export interface ComponentProgress {
  /** `notice`: something that the user should know, in `message` (a download that is not there, so it is built). */
  readonly state: 'started' | 'finished' | 'notice'
  /** `NAME VERSION`, for example `kubernetes 1.36.3`; a notice may be about several. */
  readonly component: string
  readonly programs: readonly ProgramName[]
  readonly source: ComponentSource
  /** Since the step started; in `finished` only. */
  readonly seconds?: number
  readonly message?: string
}

export interface EnsureComponentsOptions<Name extends ProgramName = ProgramName> {
  readonly names: readonly Name[]
  /**
   * A folder with programs under their own names, looked at first; default MANX_COMPONENTS, which has the default versions only.
   * What it lacks comes from elsewhere.
   */
  readonly directory?: string
  /** Default `manx` below XDG_CACHE_HOME or ~/.cache. */
  readonly cacheFolder?: string
  /** No download and no module proxy: directory, cache, or a build from modules that are already here. */
  readonly offline?: boolean
  readonly versions?: Partial<ComponentVersions>
  /** Where official files come from; default the projects' own addresses, or MANX_KUBERNETES_MIRROR and MANX_GITHUB_MIRROR. */
  readonly mirrors?: Partial<Mirrors>
  readonly onProgress?: (progress: ComponentProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Gets programs: from the user's folder, else the cache, else an official download verified against the publisher's
 * checksum, else a build with Go from the pinned modules. Rejects with a ComponentError that says what to install.
 */
export async function ensureComponents<Name extends ProgramName>(
  options: EnsureComponentsOptions<Name>,
): Promise<ComponentPaths<Name>> {
  const { signal } = options
  const versions = checkedVersions({ ...defaultVersions, ...options.versions })
  const architecture = architectureOf(process.arch)
  const directory = options.directory ?? (process.env.MANX_COMPONENTS || undefined)
  const cache = openProgramCache(resolve(options.cacheFolder ?? defaultCacheFolder()), versions, architecture)
  const paths = new Map<ProgramName, string>()
  const report = (
    programs: readonly ProgramName[],
    step: Pick<ComponentProgress, 'state' | 'source' | 'seconds' | 'message'>,
  ) => {
    const component = [...new Set(programs.map((program) => componentOf[program]))]
      .map((name) => `${name} ${versions[name]}`)
      .join(', ')
    options.onProgress?.({ component, programs, ...step })
  }
  const timed = async (programs: readonly ProgramName[], source: ComponentSource, work: () => Promise<void>) => {
    signal?.throwIfAborted()
    const started = performance.now()
    report(programs, { state: 'started', source })
    await work()
    report(programs, { state: 'finished', source, seconds: (performance.now() - started) / 1000 })
  }

  if (directory !== undefined) await requireFolder(directory)
  for (const name of new Set<ProgramName>(options.names)) {
    const component = componentOf[name]
    const here = options.directory !== undefined || versions[component] === defaultVersions[component]
    const found = (directory && here && (await programIn(directory, name))) || (await cache.find(name))
    if (found !== undefined) paths.set(name, found)
  }
  const missing = () => options.names.filter((name) => !paths.has(name))
  if (missing().length === 0) return Object.fromEntries(paths) as ComponentPaths<Name>

  const staging = await cache.stage()
  const keep = async (name: ProgramName, file: string) => {
    paths.set(name, await cache.store(name, file))
  }
  try {
    const reasons = new Map<ProgramName, string>()
    if (options.offline !== true) {
      const mirrors = { ...mirrorsFrom(process.env), ...options.mirrors }
      await downloadPrograms({
        names: missing(),
        versions,
        architecture,
        mirrors,
        staging,
        keep,
        timed,
        ...(signal === undefined ? {} : { signal }),
        unavailable: (programs, message) => {
          for (const program of programs) reasons.set(program, message)
          report(programs, { state: 'notice', source: 'download', message })
        },
      })
    }
    const rest = missing()
    if (rest.length > 0) {
      const go = await findBuildTools(rest, versions, options.offline === true).catch((error: unknown) =>
        withWaysOut(error, rest, reasons),
      )
      for (const name of rest) {
        const file = join(staging, name)
        await timed([name], 'build', () => go.build(buildPlan(name, versions, file), signal))
        await keep(name, file)
      }
    }
    return Object.fromEntries(paths) as ComponentPaths<Name>
  } catch (error) {
    if (signal?.aborted === true) throw new ComponentError('Aborted', 'interrupted', { cause: error })
    throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** A tool is missing for the build: says why it came to a build, and the other ways. */
function withWaysOut(
  error: unknown,
  programs: readonly ProgramName[],
  reasons: ReadonlyMap<ProgramName, string>,
): never {
  if (!(error instanceof ComponentError)) throw error
  const why = [...new Set(programs.flatMap((program) => reasons.get(program) ?? []))]
  throw new ComponentError(
    error.code,
    [
      `${programs.join(', ')} must be built here${why.length === 0 ? '' : ` (${why.join('; ')})`}. ${error.message}`,
      'Or put the programs into a folder and name it with --components DIR (or MANX_COMPONENTS).',
    ].join('\n'),
    { cause: error },
  )
}

function checkedVersions(versions: ComponentVersions): ComponentVersions {
  for (const [component, known] of Object.entries(knownVersions)) {
    const version = versions[component as keyof ComponentVersions]
    if (!Object.hasOwn(known, version)) {
      const offered = Object.keys(known).join(', ')
      throw new ComponentError('Invalid', `${component} ${version} is not known here: choose one of ${offered}`)
    }
  }
  return versions
}

function architectureOf(machine: string): Architecture {
  if (machine === 'x64') return 'amd64'
  if (machine === 'arm64') return 'arm64'
  throw new ComponentError('Invalid', `this machine is ${machine}; the lab runs on x64 and arm64`)
}

async function requireFolder(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory() !== true) {
    throw new ComponentError('Invalid', `the components folder ${directory} is not there or is no folder`)
  }
}

async function programIn(directory: string, name: ProgramName): Promise<string | undefined> {
  const path = resolve(directory, name)
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) return undefined
  await access(path, constants.X_OK).catch(() => {
    throw new ComponentError('Invalid', `${path} is not executable: chmod +x ${path}`)
  })
  return path
}
