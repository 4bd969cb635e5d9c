import type { ProgramName } from './programs.ts'
import type { ComponentVersions } from './versions.ts'

export type ComponentSource = 'directory' | 'cache' | 'download' | 'build'

/** Absolute path of each program that was asked for. */
export type ComponentPaths<Name extends ProgramName = ProgramName> = Readonly<Record<Name, string>>

/** One line per step for the one who waits. */
export interface ComponentProgress {
  /** `notice`: something that the user should know, in `message` (a download that is not there, so it is built). */
  readonly state: 'started' | 'finished' | 'notice'
  /** `NAME VERSION`, for example `kubernetes 1.36.3`. */
  readonly component: string
  readonly programs: readonly ProgramName[]
  readonly source: ComponentSource
  /** Since the step started; in `finished` only. */
  readonly seconds?: number
  readonly message?: string
}

export interface EnsureComponentsOptions<Name extends ProgramName = ProgramName> {
  readonly names: readonly Name[]
  /** A folder with programs under their own names, looked at first; default MANX_COMPONENTS. What it lacks comes from elsewhere. */
  readonly directory?: string
  /** Default `manx` below XDG_CACHE_HOME or ~/.cache. */
  readonly cacheFolder?: string
  /** No download and no module proxy: directory, cache, or a build from modules that are already here. */
  readonly offline?: boolean
  readonly versions?: Partial<ComponentVersions>
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
  await Promise.resolve()
  throw new Error(`not here yet: ${options.names.join()}`)
}
