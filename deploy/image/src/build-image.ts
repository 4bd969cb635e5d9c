import type { ImageEntry } from './image-entry.ts'

/** Numeric user and group inside the image. */
export interface ImageUser {
  readonly uid: number
  readonly gid: number
}

export interface BuildImageOptions {
  /** Name with tag, for example `localhost/manx:0.1.0`. */
  readonly reference: string
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

/** Assembles an image for `ctr images import`, `docker load` or `skopeo copy oci-archive:…`. */
export async function buildImage(options: BuildImageOptions): Promise<BuiltImage> {
  await Promise.resolve()
  throw new Error(`not assembled yet: ${options.reference}`)
}
