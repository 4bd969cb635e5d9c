import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { labFolder } from '../host/lab-folder.ts'

/** What every lab has in common, as a user would write an overlay. */
export const labOverlayFolder = fileURLToPath(new URL('../../../../deploy/overlays/lab', import.meta.url))

/** The kustomization of one lab: deploy/overlays/lab with the image that was built. */
export function overlayKustomization(image: string, base: string): object {
  const at = image.lastIndexOf(':')
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [base],
    images: [{ name: 'localhost/manx', newName: image.slice(0, at), newTag: image.slice(at + 1) }],
  }
}

/** Writes it and returns its folder, for `kubectl apply -k`. */
export async function writeOverlay(lab: string, image: string): Promise<string> {
  const folder = join(labFolder(lab).path, 'overlay')
  await mkdir(folder, { recursive: true })
  // kustomize takes relative paths only.
  const kustomization = overlayKustomization(image, relative(folder, labOverlayFolder))
  await writeFile(join(folder, 'kustomization.yaml'), stringify(kustomization))
  return folder
}
