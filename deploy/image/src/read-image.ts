import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { ImageError } from './image-error.ts'
import { type TarMember, walkTar } from './walk-tar.ts'

/** What an archive says, after every digest in it was verified. */
export interface ReadImage {
  /** Names under which it is imported. */
  readonly references: readonly string[]
  readonly digest: string
  readonly architecture: string
  readonly config: ImageConfig
  /** Entries of the merged layers by path with leading slash. */
  readonly entries: ReadonlyMap<string, TarMember>
  /** Content of a file; rejects with Missing where the path is none. */
  readFile(path: string): Promise<Buffer>
  close(): Promise<void>
}

export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly WorkingDir: string
  readonly Labels: Readonly<Record<string, string>>
}

interface Descriptor {
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

/** Reads an archive of `buildImage` and verifies its digests. Must be closed. */
export async function readImage(path: string): Promise<ReadImage> {
  const file = await open(path)
  try {
    return await readOpenImage(file)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readOpenImage(file: FileHandle): Promise<ReadImage> {
  const members = new Map<string, TarMember>()
  for await (const member of walkTar(file)) members.set(member.name, member)
  const member = (name: string) => {
    const found = members.get(name)
    if (found === undefined) throw new ImageError('Corrupt', `the archive has no ${name}`)
    return found
  }
  const verified = async ({ digest, size }: Descriptor) => {
    const found = member(`blobs/sha256/${digest.replace(/^sha256:/, '')}`)
    if (found.size !== size) throw new ImageError('Corrupt', `${digest} has ${found.size} bytes instead of ${size}`)
    if ((await digestOf(file, found)) !== digest) throw new ImageError('Corrupt', `${digest} has other content`)
    return found
  }
  const json = async <T>(found: TarMember) => JSON.parse((await content(file, found)).toString()) as T
  const index = await json<{ manifests: readonly Descriptor[] }>(member('index.json'))
  const [top] = index.manifests
  if (top === undefined) throw new ImageError('Corrupt', 'the index names no image')
  const manifest = await json<{ config: Descriptor; layers: readonly Descriptor[] }>(await verified(top))
  const config = await json<{ architecture: string; config: ImageConfig }>(await verified(manifest.config))
  const entries = new Map<string, TarMember>()
  for (const layer of manifest.layers) {
    const { offset } = await verified(layer)
    for await (const entry of walkTar(file, offset)) entries.set(`/${entry.name.replace(/\/$/, '')}`, entry)
  }
  return {
    references: index.manifests.map(({ annotations }) => annotations?.['io.containerd.image.name'] ?? ''),
    digest: top.digest,
    architecture: config.architecture,
    config: config.config,
    entries,
    readFile: (path) => {
      const entry = entries.get(path)
      if (entry?.type !== 'file') throw new ImageError('Missing', `the image has no file ${path}`)
      return content(file, entry)
    },
    close: () => file.close(),
  }
}

async function content(file: FileHandle, { offset, size }: TarMember): Promise<Buffer> {
  const buffer = Buffer.alloc(size)
  await file.read(buffer, 0, size, offset)
  return buffer
}

async function digestOf(file: FileHandle, { offset, size }: TarMember): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(Math.min(size, 1 << 20))
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - done), offset + done)
    if (bytesRead === 0) throw new ImageError('Corrupt', 'the archive ends early')
    hash.update(buffer.subarray(0, bytesRead))
    done += bytesRead
  }
  return `sha256:${hash.digest('hex')}`
}
