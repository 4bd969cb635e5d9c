import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ImageEntry } from './image-entry.ts'
import { ImageError } from './image-error.ts'
import { type LayerEntry, layerBytes, planLayer } from './layer.ts'
import { padding, tarEnd, tarHeader } from './tar-header.ts'

/** Numeric user and group inside the image. */
export interface ImageUser {
  readonly uid: number
  readonly gid: number
}

export interface BuildImageOptions {
  /** Name with tag, for example `localhost/manx:0.1.0`. */
  readonly reference: string
  /** More names for the same image. */
  readonly aliases?: readonly string[]
  /** The archive that is written: a tar of an OCI layout, put in place by rename. */
  readonly output: string
  /** One list per layer; put first what seldom changes. A later layer's entry replaces an earlier one's. */
  readonly layers: readonly (readonly ImageEntry[])[]
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly user?: ImageUser
  readonly workdir?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Of the programs inside; default that of this process. */
  readonly architecture?: 'amd64' | 'arm64'
}

export interface BuiltImage {
  readonly reference: string
  readonly output: string
  /** `sha256:…` of the manifest: the same input gives the same digest on every machine. */
  readonly digest: string
  /** Bytes of the archive. */
  readonly size: number
}

/** Host (optional), path, tag: what a container runtime takes as a name. */
const referenceForm = /^([a-z0-9.-]+(:[0-9]+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

interface Blob {
  readonly digest: string
  readonly size: number
  readonly bytes: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/** Assembles an image for `ctr images import`, `docker load` or `skopeo copy oci-archive:…`. */
export async function buildImage(options: BuildImageOptions): Promise<BuiltImage> {
  const { reference, output } = options
  const references = [reference, ...(options.aliases ?? [])]
  for (const name of references) {
    if (referenceForm.test(name)) continue
    throw new ImageError('Invalid', `${JSON.stringify(name)} is not an image name with a tag, as localhost/manx:0.1.0`)
  }
  const layers: Blob[] = []
  for (const entries of options.layers) layers.push(await layerBlob(await planLayer(entries)))
  const config = jsonBlob(imageConfig(options, layers))
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  })
  await mkdir(dirname(output), { recursive: true })
  const temporary = `${output}.${process.pid}.part`
  try {
    const bytes = archiveBytes(references, [...layers, config, manifest], manifest, config, layers)
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(temporary))
    await rename(temporary, output)
  } finally {
    await rm(temporary, { force: true })
  }
  return { reference, output, digest: manifest.digest, size: (await stat(output)).size }
}

function imageConfig(options: BuildImageOptions, layers: readonly Blob[]): unknown {
  const { entrypoint, cmd, env = {}, user, workdir, labels = {} } = options
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    // Builds of one source must be one image, so the clock has no say.
    created: '1970-01-01T00:00:00Z',
    architecture: options.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64'),
    os: 'linux',
    config: {
      User: user === undefined ? '0:0' : `${user.uid}:${user.gid}`,
      Env: sorted(env).map(([name, value]) => `${name}=${value}`),
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
      ...(cmd === undefined ? {} : { Cmd: cmd }),
      WorkingDir: workdir ?? '/',
      Labels: Object.fromEntries(sorted(labels)),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'manx image' })),
  }
}

async function layerBlob(entries: readonly LayerEntry[]): Promise<Blob> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of layerBytes(entries)) {
    hash.update(chunk)
    size += chunk.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size, bytes: () => layerBytes(entries) }
}

function jsonBlob(value: unknown): Blob {
  const content = Buffer.from(JSON.stringify(value))
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  return { digest, size: content.length, bytes: () => [content] }
}

const descriptor = (mediaType: string, { digest, size }: Blob) => ({ mediaType, digest, size })
const blobPath = (digest: string) => `blobs/sha256/${digest.slice('sha256:'.length)}`

async function* archiveBytes(
  references: readonly string[],
  blobs: readonly Blob[],
  manifest: Blob,
  config: Blob,
  layers: readonly Blob[],
): AsyncGenerator<Uint8Array> {
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: references.map((reference) => ({
      ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
      annotations: {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
      },
    })),
  }
  // Docker before 25 reads this file instead of the index.
  const docker = [
    { Config: blobPath(config.digest), RepoTags: references, Layers: layers.map(({ digest }) => blobPath(digest)) },
  ]
  yield* member('oci-layout', jsonBlob({ imageLayoutVersion: '1.0.0' }))
  yield* member('index.json', jsonBlob(index))
  yield* member('manifest.json', jsonBlob(docker))
  const written = new Set<string>()
  for (const blob of blobs) {
    if (written.has(blob.digest)) continue
    written.add(blob.digest)
    yield* member(blobPath(blob.digest), blob)
  }
  yield tarEnd
}

async function* member(name: string, blob: Blob): AsyncGenerator<Uint8Array> {
  yield tarHeader({ name, type: 'file', mode: 0o644, uid: 0, gid: 0, size: blob.size })
  const hash = createHash('sha256')
  for await (const chunk of blob.bytes()) {
    hash.update(chunk)
    yield chunk
  }
  if (`sha256:${hash.digest('hex')}` !== blob.digest) {
    throw new ImageError('Corrupt', `a file changed while ${name} was written`)
  }
  yield padding(blob.size)
}
