import type { BuiltImage } from './build-image.ts'

/** Where the parts are that are not in this workspace. */
export interface ManxImageOptions {
  readonly output: string
  /** Default `localhost/manx:VERSION` with the version of this package. */
  readonly reference?: string
  /** Paths of the programs on this machine. */
  readonly programs: Readonly<Record<'gobgpd' | 'gobgp' | 'portmap' | 'loopback', string>>
  /** Keeps the compiled pipe and the Debian packages between runs; default below the user's cache folder. */
  readonly cacheFolder?: string
  readonly onProgress?: (message: string) => void
}

/** Builds the Manx image from the pinned Node, the bundles in packages/…/dist (build them first) and the programs given. */
export async function buildManxImage(options: ManxImageOptions): Promise<BuiltImage> {
  await Promise.resolve()
  throw new Error(`not assembled yet: ${options.output}`)
}
