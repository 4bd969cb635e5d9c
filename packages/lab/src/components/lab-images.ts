import type { ComponentPaths } from './ensure-components.ts'

/** An image archive for `ctr -n k8s.io images import --local`. */
export interface LabImage {
  readonly reference: string
  readonly output: string
  readonly digest: string
}

/**
 * Builds the images that the lab's pods run: agnhost and pause under the names that the upstream tests and containerd want,
 * CoreDNS as `localhost/coredns:VERSION`. Kept in `folder` until a program changes.
 */
export async function labImages(
  folder: string,
  paths: Pick<ComponentPaths, 'agnhost' | 'pause' | 'coredns'>,
): Promise<Readonly<Record<'agnhost' | 'pause' | 'coredns', LabImage>>> {
  await Promise.resolve()
  throw new Error(`not built yet: ${folder} ${paths.pause}`)
}
