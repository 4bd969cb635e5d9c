import { join } from 'node:path'
import { buildManxImage } from '@manx/image'
import { type ComponentPaths, labImages, type labPrograms } from '../components/index.ts'
import { defaultCacheFolder } from '../components/program-cache.ts'
import { buildBundles } from './build-bundles.ts'

/** An archive that a node imports, and the name that pods know it by. */
export interface ImageArchive {
  readonly reference: string
  readonly output: string
}

export interface InstalledImages {
  /** Absent in a lab without Manx. */
  readonly manx?: ImageArchive
  readonly agnhost: ImageArchive
  readonly pause: ImageArchive
  readonly coredns: ImageArchive
  /** Debian packages that agnhost lacks programs of; upstream tests that run them fail. */
  readonly missingPackages: readonly string[]
}

/** Builds the images, or finds them unchanged in the cache. */
export async function makeImages(
  programs: ComponentPaths<(typeof labPrograms)[number]>,
  withManx: boolean,
  note: (message: string) => void,
): Promise<InstalledImages> {
  const folder = join(defaultCacheFolder(), 'images')
  const images = await labImages({ folder, paths: programs })
  if (!withManx) return images
  await buildBundles()
  const manx = await buildManxImage({ output: join(folder, 'manx.tar'), programs, onProgress: note })
  return { ...images, manx }
}

/** In the order in which a node wants them. */
export function imageArchives({ pause, manx, coredns, agnhost }: InstalledImages): readonly ImageArchive[] {
  return [pause, ...(manx === undefined ? [] : [manx]), coredns, agnhost]
}
