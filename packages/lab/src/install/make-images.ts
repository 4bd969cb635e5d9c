import { join } from 'node:path'
import { type ComponentPaths, labImages, type labPrograms } from '../components/index.ts'
import { defaultCacheFolder } from '../components/program-cache.ts'
import { makeManxImage } from './manx-image.ts'

/** An archive that a node imports, and the name that pods know it by. */
export interface ImageArchive {
  readonly reference: string
  readonly output: string
}

/** The images that are the same for every checkout. */
export interface CommonImages {
  readonly agnhost: ImageArchive
  readonly pause: ImageArchive
  readonly coredns: ImageArchive
  /** Debian packages that agnhost lacks programs of; upstream tests that run them fail. */
  readonly missingPackages: readonly string[]
}

/** Images on their way; a node boots meanwhile. */
export interface PendingImages {
  readonly common: Promise<CommonImages>
  /** Undefined in a lab without Manx. */
  readonly manx: Promise<ImageArchive | undefined>
}

/** Starts to build the images, or finds them unchanged in the cache. */
export function makeImages(
  programs: ComponentPaths<(typeof labPrograms)[number]>,
  kubernetes: string,
  withManx: boolean,
  note: (message: string) => void,
): PendingImages {
  const folder = join(defaultCacheFolder(), 'images')
  const common = labImages({ folder, paths: programs, kubernetes })
  // One after the other: both are bound by the disk, and the first nodes want the common ones.
  const manx = common.then(() => (withManx ? makeManxImage(folder, programs, note) : undefined))
  // Awaited later by the nodes; a failure before that must not end the process as unhandled.
  manx.catch(() => undefined)
  return { common, manx }
}
