import { join } from 'node:path'
import { buildManxImage } from '@manx/image'
import { type LabImage, labImages, type ProgramName } from '../components/index.ts'
import { defaultCacheFolder } from '../components/program-cache.ts'

export interface LabImages {
  readonly manx: LabImage
  readonly agnhost: LabImage
  readonly pause: LabImage
  readonly coredns: LabImage
  /** All that a node needs, in the order of import. */
  readonly all: readonly LabImage[]
}

/** Builds the images, or finds them unchanged in the cache. */
export async function makeImages(
  programs: Readonly<
    Record<Extract<ProgramName, 'gobgpd' | 'gobgp' | 'portmap' | 'loopback' | 'agnhost' | 'pause' | 'coredns'>, string>
  >,
  withManx: boolean,
): Promise<LabImages> {
  const folder = join(defaultCacheFolder(), 'images')
  const lab = await labImages(folder, programs)
  const manx = withManx
    ? await buildManxImage({ output: join(folder, 'manx.tar'), programs })
    : { reference: '', output: '', digest: '' }
  return { ...lab, manx, all: [lab.pause, ...(withManx ? [manx] : []), lab.coredns, lab.agnhost] }
}
