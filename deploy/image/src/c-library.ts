import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageEntry } from './image-entry.ts'
import { ImageError } from './image-error.ts'
import { libraryClosure } from './library-closure.ts'
import { runTool } from './run-tool.ts'

/** Where the C library in the image is from, for its labels. */
export interface CLibrary {
  readonly entries: readonly ImageEntry[]
  readonly origin: string
}

interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

/** Debian 12, whose C library 2.36 is newer than what Node's official build asks for (2.28). */
const pinned: Readonly<Record<string, readonly DebianPackage[]>> = {
  x64: [
    {
      name: 'libc6',
      version: '2.36-9+deb12u14',
      sha256: 'ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf',
    },
    {
      name: 'libgcc-s1',
      version: '12.2.0-14+deb12u1',
      sha256: '3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7',
    },
    {
      name: 'libstdc++6',
      version: '12.2.0-14+deb12u1',
      sha256: '5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d',
    },
    // The copyright file of the two before it.
    {
      name: 'gcc-12-base',
      version: '12.2.0-14+deb12u1',
      sha256: '1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619',
    },
  ],
}

/** Opened by the C library itself when names are looked up; part of libc.so.6 since 2.34. */
const nameService = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2']

/**
 * The C library for these programs: from the pinned Debian packages where apt-get can get exactly them, else from this
 * machine, which the caller should say (`notice`).
 */
export async function cLibrary(
  programs: readonly string[],
  cacheFolder: string,
  notice: (message: string) => void,
): Promise<CLibrary> {
  const packages = pinned[process.arch] ?? []
  try {
    const root = await unpackDebian(packages, cacheFolder)
    const libraries = await libraryClosure(programs, root, nameService)
    return {
      entries: [...libraries, ...(await copyrights(packages, root))],
      origin: packages.map(({ name, version }) => `${name} ${version}`).join(', '),
    }
  } catch (error) {
    if (!(error instanceof ImageError) || error.code === 'Corrupt') throw error
    notice(`the pinned Debian packages are not to be had (${error.message}): the C library is this machine's`)
    const libraries = await libraryClosure(programs, '/', nameService)
    return { entries: libraries, origin: `the build machine (${await systemName()})` }
  }
}

/** Unpacks once per set of versions; the folder is complete when it is there. */
async function unpackDebian(packages: readonly DebianPackage[], cacheFolder: string): Promise<string> {
  if (packages.length === 0) throw new ImageError('Missing', `none are pinned for ${process.arch}`)
  const key = createHash('sha256')
    .update(packages.map(({ sha256 }) => sha256).join())
    .digest('hex')
    .slice(0, 16)
  const root = join(cacheFolder, `c-library-${key}`)
  if ((await readdir(root).catch(() => [])).length > 0) return root
  await mkdir(cacheFolder, { recursive: true })
  const staging = await mkdtemp(join(cacheFolder, '.staging-'))
  try {
    for (const { name, version, sha256 } of packages) {
      const downloads = join(staging, name)
      await mkdir(downloads)
      const got = await runTool('apt-get', ['-q', 'download', `${name}=${version}`], downloads)
      const [file] = await readdir(downloads)
      if (got === undefined || file === undefined) throw new ImageError('Missing', 'apt-get is not installed')
      const archive = join(downloads, file)
      const found = createHash('sha256')
        .update(await readFile(archive))
        .digest('hex')
      if (found !== sha256) throw new ImageError('Corrupt', `${file} has SHA-256 ${found} instead of ${sha256}`)
      if ((await runTool('dpkg-deb', ['-x', archive, join(staging, 'root')])) === undefined) {
        throw new ImageError('Missing', 'dpkg-deb is not installed')
      }
    }
    // Another build may have been faster; its folder has the same content.
    await rename(join(staging, 'root'), root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return root
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function copyrights(packages: readonly DebianPackage[], root: string): Promise<readonly ImageEntry[]> {
  const entries: ImageEntry[] = []
  for (const { name } of packages) {
    const content = await readFile(join(root, 'usr/share/doc', name, 'copyright')).catch(() => undefined)
    if (content !== undefined) entries.push({ path: `/opt/manx/licenses/debian/${name}`, content })
  }
  return entries
}

async function systemName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'unknown system'
}
