import { readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { elfNeeds } from './elf.ts'
import type { ImageFile } from './image-entry.ts'
import { ImageError } from './image-error.ts'

/** Where a loader looks without being told, Debian's order first. */
const libraryFolders = [
  'lib/x86_64-linux-gnu',
  'lib/aarch64-linux-gnu',
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'lib64',
  'usr/lib64',
  'lib',
  'usr/lib',
]

/**
 * The loader and shared libraries that programs need, and those that these need, taken from the system below `root`
 * (this machine's `/`, or a folder with unpacked packages). `extra` names libraries that are opened at run time; those
 * that are not there are left out.
 */
export async function libraryClosure(
  programs: readonly string[],
  root = '/',
  extra: readonly string[] = [],
): Promise<readonly ImageFile[]> {
  const places = await listLibraries(root)
  const found = new Map<string, ImageFile>()
  const take = (path: string, source: string) => found.set(path, { path, source, mode: 0o755 })
  const todo = programs.map((program) => ({ program, needs: elfNeeds(program) }))
  const done = new Set<string>()
  const want = (name: string, wanter: string, required: boolean) => {
    if (done.has(name)) return
    done.add(name)
    const place = places.get(name)
    if (place === undefined) {
      if (required) throw new ImageError('Missing', `${wanter} needs ${name}, which is not below ${root}`)
      return
    }
    take(place.path, place.source)
    todo.push({ program: place.source, needs: elfNeeds(place.source) })
  }
  for (const name of extra) want(name, '', false)
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    const { interpreter, libraries } = await next.needs
    if (interpreter !== undefined) {
      // The loader's path is fixed in the program; below a folder it is often a link that only works below `/`.
      const place = places.get(basename(interpreter))?.source ?? join(root, interpreter)
      const source = await realpath(place).catch(() => undefined)
      if (source === undefined)
        throw new ImageError('Missing', `${next.program} needs ${interpreter}, which is not below ${root}`)
      take(interpreter, source)
    }
    for (const library of libraries) want(library, next.program, true)
  }
  return [...found.values()]
}

interface Place {
  readonly path: string
  readonly source: string
}

async function listLibraries(root: string): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>()
  for (const folder of libraryFolders) {
    const names = await readdir(join(root, folder)).catch(() => [])
    for (const name of names) {
      if (!name.includes('.so') || places.has(name)) continue
      const source = await realpath(join(root, folder, name)).catch(() => undefined)
      if (source !== undefined) places.set(name, { path: `/${folder}/${name}`, source })
    }
  }
  return places
}
