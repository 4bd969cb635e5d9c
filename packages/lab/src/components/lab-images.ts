import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuiltImage, buildImage, type ImageEntry, readImage } from '@manx/image'
import type { ComponentPaths } from './ensure-components.ts'
import { defaultVersions, knownVersions } from './versions.ts'

/** An image archive for `ctr -n k8s.io images import --local`. */
export type LabImage = Pick<BuiltImage, 'reference' | 'output' | 'digest'>

export interface LabImageOptions {
  /** Where the archives are put; one whose program is older than it is taken as it is. */
  readonly folder: string
  readonly paths: Pick<ComponentPaths, 'agnhost' | 'pause' | 'coredns'>
  /** Versions in the names; defaults as for the programs. */
  readonly kubernetes?: string
  readonly coredns?: string
}

/**
 * Builds the images that the lab's pods run: agnhost under the name that the upstream tests of this Kubernetes want,
 * `localhost/pause:VERSION` for containerd's sandbox, CoreDNS as `localhost/coredns:VERSION`.
 */
export async function labImages(
  options: LabImageOptions,
): Promise<Readonly<Record<'agnhost' | 'pause' | 'coredns', LabImage>>> {
  const { folder, paths } = options
  const { kubernetes = defaultVersions.kubernetes, coredns = defaultVersions.coredns } = options
  const tag = knownVersions.kubernetes[kubernetes]?.agnhost ?? 'latest'
  // Agnhost listens where its test says, and its DNS test reads and writes files: root in its own container, as upstream's.
  const agnhost = await image(folder, paths.agnhost, `registry.k8s.io/e2e-test-images/agnhost:${tag}`, {
    entrypoint: ['/agnhost'],
    cmd: ['pause'],
  })
  const pause = await image(folder, paths.pause, `localhost/pause:${defaultVersions.pause}`, {
    entrypoint: ['/pause'],
    user: { uid: 65535, gid: 65535 },
  })
  const dns = await image(folder, paths.coredns, `localhost/coredns:${coredns}`, { entrypoint: ['/coredns'] })
  return { agnhost, pause, coredns: dns }
}

async function image(
  folder: string,
  program: string,
  reference: string,
  runs: Pick<Parameters<typeof buildImage>[0], 'entrypoint' | 'cmd' | 'user'>,
): Promise<LabImage> {
  const [name = ''] = runs.entrypoint ?? []
  const output = join(folder, `${reference.replaceAll(/[/:]/g, '-')}.tar`)
  if (await isNewer(output, program)) {
    const found = await readImage(output)
    await found.close()
    return { reference: found.reference, output, digest: found.digest }
  }
  const files: ImageEntry[] = [
    { path: name, source: program, mode: 0o755 },
    { path: '/etc/passwd', content: 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' },
    { path: '/etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { path: '/tmp', directory: true, mode: 0o1777 },
  ]
  return await buildImage({ reference, output, layers: [files], env: { PATH: '/' }, ...runs })
}

async function isNewer(output: string, program: string): Promise<boolean> {
  const [built, source] = await Promise.all([stat(output).catch(() => undefined), stat(program)])
  return built !== undefined && built.mtimeMs >= source.mtimeMs
}
