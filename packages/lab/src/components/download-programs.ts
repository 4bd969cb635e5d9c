import { execFile } from 'node:child_process'
import { setGlobalProxyFromEnv } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ComponentError } from './component-error.ts'
import { answers, downloadVerified } from './download.ts'
import { componentOf, type ProgramName } from './programs.ts'
import { type Architecture, type Mirrors, type Release, releaseOf } from './release.ts'
import type { ComponentVersions } from './versions.ts'

const runFile = promisify(execFile)

export interface DownloadProgramsOptions {
  readonly names: readonly ProgramName[]
  readonly versions: ComponentVersions
  readonly architecture: Architecture
  readonly mirrors: Mirrors
  readonly staging: string
  readonly keep: (name: ProgramName, file: string) => Promise<void>
  readonly timed: (names: readonly ProgramName[], source: 'download', work: () => Promise<void>) => Promise<void>
  /** Told once per file that cannot be had here; the caller goes on without. */
  readonly unavailable: (names: readonly ProgramName[], message: string) => void
  readonly signal?: AbortSignal
}

/**
 * Downloads what is published and reachable, each file once. A file that is not there or breaks off is reported and
 * left; one that is not what its checksum says ends everything, since somebody may have put it there.
 */
export async function downloadPrograms(options: DownloadProgramsOptions): Promise<void> {
  const files = groupByFile(options)
  if (process.env.HTTPS_PROXY || process.env.https_proxy || process.env.HTTP_PROXY || process.env.http_proxy) {
    setGlobalProxyFromEnv()
  }
  const reachable = new Map<string, Promise<boolean>>()
  const isReachable = (mirror: keyof Mirrors) => {
    const address = options.mirrors[mirror]
    const known = reachable.get(address) ?? answers(address)
    reachable.set(address, known)
    return known
  }
  const silent = new Map<string, ProgramName[]>()
  for (const { release, names } of files) {
    if (await isReachable(release.mirror)) continue
    const address = options.mirrors[release.mirror]
    silent.set(address, [...(silent.get(address) ?? []), ...names])
  }
  for (const [address, names] of silent) options.unavailable(names, `${address} does not answer`)
  for (const { release, names } of files) {
    if (silent.has(options.mirrors[release.mirror])) continue
    await options
      .timed(names, 'download', () => fetchRelease(release, names, options))
      .catch((error: unknown) => {
        const passes =
          error instanceof ComponentError && (error.code === 'NotPublished' || error.code === 'Unreachable')
        if (!passes) throw error
        options.unavailable(names, error.message)
      })
  }
}

interface WantedFile {
  readonly release: Release
  readonly names: ProgramName[]
}

function groupByFile({ names, versions, architecture, mirrors }: DownloadProgramsOptions): readonly WantedFile[] {
  const files = new Map<string, WantedFile>()
  for (const name of names) {
    const release = releaseOf(name, versions[componentOf[name]], architecture, mirrors)
    if (release === undefined) continue
    const file = files.get(release.url) ?? { release, names: [] }
    file.names.push(name)
    files.set(release.url, file)
  }
  return [...files.values()]
}

async function fetchRelease(
  release: Release,
  names: readonly ProgramName[],
  { staging, keep, signal }: DownloadProgramsOptions,
): Promise<void> {
  const destination = join(staging, 'download')
  await downloadVerified({
    url: release.url,
    checksumUrl: release.checksumUrl,
    destination,
    ...(signal === undefined ? {} : { signal }),
  })
  const { members } = release
  if (members === undefined) {
    for (const name of names) await keep(name, destination)
    return
  }
  const wanted = names.map((name) => members[name] ?? name)
  const unpack = ['-xzf', destination, '-C', staging, '--no-same-owner', ...wanted]
  await runFile('tar', unpack, signal === undefined ? {} : { signal }).catch((error: Error) => {
    signal?.throwIfAborted()
    throw new ComponentError('NotPublished', `${release.url} does not hold ${wanted.join(', ')}: ${error.message}`)
  })
  for (const name of names) await keep(name, join(staging, members[name] ?? name))
}
