import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildImageOptions, type BuiltImage, buildImage, readImage } from '@manx/image'
import type { ComponentPaths } from './ensure-components.ts'
import { testTools } from './test-tools.ts'
import { defaultVersions, knownVersions } from './versions.ts'

/** An image archive for `ctr -n k8s.io images import --local`. */
export interface LabImage extends Pick<BuiltImage, 'reference' | 'output' | 'digest'> {
  /** Other names that the same archive imports. */
  readonly aliases: readonly string[]
}

export interface LabImages {
  /** agnhost under the names that the upstream tests of this Kubernetes want, with a shell, curl, dig and nc. */
  readonly agnhost: LabImage
  /** For containerd's sandboxes. */
  readonly pause: LabImage
  readonly coredns: LabImage
  /** Debian packages whose programs agnhost should hold and this machine lacks (`e2e` wants them). */
  readonly missingPackages: readonly string[]
}

export interface LabImageOptions {
  /** Where the archives are put; one that is newer than its program is taken as it is. */
  readonly folder: string
  readonly paths: Pick<ComponentPaths, 'agnhost' | 'pause' | 'coredns'>
  /** Versions in the names; defaults as for the programs. */
  readonly kubernetes?: string
  readonly coredns?: string
}

/** Builds the images that the lab's pods run. */
export async function labImages(options: LabImageOptions): Promise<LabImages> {
  const { folder, paths } = options
  const { kubernetes = defaultVersions.kubernetes, coredns = defaultVersions.coredns } = options
  const tags = Object.entries(knownVersions.kubernetes[kubernetes]?.testImages ?? { agnhost: 'latest' })
  const [reference = '', ...aliases] = tags.map(([name, tag]) => `registry.k8s.io/e2e-test-images/${name}:${tag}`)
  const tools = await testTools()
  return {
    // Root in its own container, as upstream's: its tests write where they like.
    agnhost: await image(folder, paths.agnhost, {
      reference,
      aliases,
      entrypoint: ['/agnhost'],
      cmd: ['pause'],
      env: { PATH: '/bin:/usr/bin:/' },
      layers: [[...tools.entries, { path: '/uploads', directory: true }]],
      labels: { 'dev.manx.lab.missing': tools.missingPackages.join(' ') },
    }),
    pause: await image(folder, paths.pause, {
      reference: `localhost/pause:${defaultVersions.pause}`,
      entrypoint: ['/pause'],
      user: { uid: 65535, gid: 65535 },
    }),
    coredns: await image(folder, paths.coredns, {
      reference: `localhost/coredns:${coredns}`,
      entrypoint: ['/coredns'],
    }),
    missingPackages: tools.missingPackages,
  }
}

type ImageOf = Omit<BuildImageOptions, 'output' | 'layers'> & Partial<Pick<BuildImageOptions, 'layers'>>

async function image(folder: string, program: string, options: ImageOf): Promise<LabImage> {
  const { reference, aliases = [], layers = [], labels = {} } = options
  const output = join(folder, `${reference.replaceAll(/[/:]/g, '-')}.tar`)
  const kept = await keptImage(output, program, labels)
  if (kept !== undefined) return { reference, aliases, output, digest: kept }
  const [name = ''] = options.entrypoint ?? []
  const own = [
    { path: name, source: program, mode: 0o755 },
    { path: '/etc/passwd', content: 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' },
    { path: '/etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { path: '/tmp', directory: true as const, mode: 0o1777 },
  ]
  const { digest } = await buildImage({ ...options, output, layers: [...layers, own] })
  return { reference, aliases, output, digest }
}

/** The digest of an archive that is newer than its program and was built with the same labels. */
async function keptImage(
  output: string,
  program: string,
  labels: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const [built, source] = await Promise.all([stat(output).catch(() => undefined), stat(program)])
  if (built === undefined || built.mtimeMs < source.mtimeMs) return undefined
  const found = await readImage(output).catch(() => undefined)
  if (found === undefined) return undefined
  await found.close()
  return JSON.stringify(found.config.Labels) === JSON.stringify(labels) ? found.digest : undefined
}
