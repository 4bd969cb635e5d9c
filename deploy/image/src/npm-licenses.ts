import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImageEntry } from './image-entry.ts'

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Licence files of everything that the bundles of these packages may contain, and a list of them. */
export async function npmLicenses(packageFolders: readonly string[]): Promise<readonly ImageEntry[]> {
  const entries: ImageEntry[] = []
  const list = new Map<string, string>()
  const seen = new Set<string>()
  const visit = async (folder: string): Promise<void> => {
    if (seen.has(folder)) return
    seen.add(folder)
    const { name, version, license, private: ours, ...manifest } = await readManifest(folder)
    if (ours !== true) {
      list.set(`${name}@${version}`, license ?? 'see its files')
      for (const file of await readdir(folder)) {
        if (!/^(licen[cs]e|notice|copying)/i.test(file)) continue
        const path = `/opt/manx/licenses/npm/${name.replace('/', '+')}-${version}/${file}`
        entries.push({ path, source: join(folder, file), mode: 0o644 })
      }
    }
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const found = await findPackage(dependency, folder)
      if (found !== undefined) await visit(found)
    }
  }
  for (const folder of packageFolders) await visit(folder)
  const lines = [...list].map(([name, license]) => `${name}  ${license}`).sort(compareText)
  return [...entries, { path: '/opt/manx/licenses/npm/PACKAGES', content: `${lines.join('\n')}\n` }]
}

/** By code unit: the same order on every machine. */
const compareText = (a: string, b: string) => (a < b ? -1 : Number(a > b))

async function readManifest(folder: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson
}

/** As Node looks a package up; undefined for optional ones of other platforms. */
async function findPackage(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = await realpath(join(folder, 'node_modules', name)).catch(() => undefined)
    if (found !== undefined) return found
    if (folder === dirname(folder)) return undefined
  }
}
