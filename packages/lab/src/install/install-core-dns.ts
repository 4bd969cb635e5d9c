import { stringify } from 'yaml'
import type { LabPlan } from '../plan/lab-plan.ts'
import { coreDnsManifest } from './core-dns-manifest.ts'
import { kubectl } from './kubectl.ts'
import type { ImageArchive } from './make-images.ts'

/** Applies CoreDNS; it becomes ready when the nodes do. */
export async function applyCoreDns(plan: LabPlan, program: string, image: ImageArchive): Promise<void> {
  const documents = coreDnsManifest(plan, image.reference).map((document) => stringify(document))
  await kubectl(plan.options.name, program, ['apply', '--server-side', '-f', '-'], documents.join('---\n'))
}
