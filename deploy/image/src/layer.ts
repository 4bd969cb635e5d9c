import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { ImageEntry } from './image-entry.ts'
import { ImageError } from './image-error.ts'
import { padding, tarEnd, tarHeader } from './tar-header.ts'

/** An entry with everything decided: what the tar says and where the bytes come from. */
export interface LayerEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'link'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly link?: string
  readonly content?: Uint8Array
  readonly source?: string
}

/** Decides modes and sizes, adds parents, sorts. Rejects for paths that are not clean and for two entries of one path. */
export async function planLayer(entries: readonly ImageEntry[]): Promise<readonly LayerEntry[]> {
  const planned = new Map<string, LayerEntry>()
  for (const entry of entries) {
    checkPath(entry.path)
    if (planned.has(entry.path)) throw new ImageError('Invalid', `${entry.path} is given twice in one layer`)
    planned.set(entry.path, await planEntry(entry))
  }
  for (const path of [...planned.keys()]) {
    for (let parent = posix.dirname(path); parent !== '/'; parent = posix.dirname(parent)) {
      const known = planned.get(parent)
      if (known === undefined) {
        planned.set(parent, { path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 })
      } else if (known.type !== 'directory') {
        throw new ImageError('Invalid', `${path} lies below ${parent}, which is a ${known.type}`)
      }
    }
  }
  // By code unit: the same order on every machine, parents before their children.
  return [...planned.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function planEntry(entry: ImageEntry): Promise<LayerEntry> {
  const { path, uid = 0, gid = 0 } = entry
  if ('link' in entry) return { path, type: 'link', mode: 0o777, uid, gid, size: 0, link: entry.link }
  if ('directory' in entry) return { path, type: 'directory', mode: entry.mode ?? 0o755, uid, gid, size: 0 }
  if ('content' in entry) {
    const content = typeof entry.content === 'string' ? Buffer.from(entry.content) : entry.content
    return { path, type: 'file', mode: entry.mode ?? 0o644, uid, gid, size: content.length, content }
  }
  const found = await stat(entry.source).catch((error: Error) => {
    throw new ImageError('Missing', `${path} cannot be read: ${error.message}`, { cause: error })
  })
  if (!found.isFile()) throw new ImageError('Invalid', `${entry.source} (for ${path}) is not a regular file`)
  const mode = entry.mode ?? ((found.mode & 0o100) === 0 ? 0o644 : 0o755)
  return { path, type: 'file', mode, uid, gid, size: found.size, source: entry.source }
}

function checkPath(path: string): void {
  if (!path.startsWith('/') || path === '/' || posix.normalize(path) !== path || path.endsWith('/')) {
    throw new ImageError('Invalid', `${JSON.stringify(path)} is not a clean absolute path of a file in an image`)
  }
}

/** The layer's tar, in pieces. May be run again for the same bytes. */
export async function* layerBytes(entries: readonly LayerEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    const { path, type, mode, uid, gid, size, link } = entry
    const name = type === 'directory' ? `${path.slice(1)}/` : path.slice(1)
    yield tarHeader({ name, type, mode, uid, gid, size, ...(link === undefined ? {} : { link }) })
    if (type !== 'file') continue
    if (entry.content !== undefined) yield entry.content
    if (entry.source !== undefined) yield* fileBytes(entry.source, size)
    yield padding(size)
  }
  yield tarEnd
}

async function* fileBytes(source: string, size: number): AsyncGenerator<Uint8Array> {
  let count = 0
  // The header has promised a size: more or fewer bytes would shift everything behind them.
  for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    count += chunk.length
    if (count > size) break
    yield chunk
  }
  if (count !== size) throw new ImageError('Corrupt', `${source} changed while it was read`)
}
