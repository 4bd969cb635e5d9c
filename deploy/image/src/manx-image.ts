import { readdir, readFile, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { type BuildImageOptions, type BuiltImage, buildImage } from './build-image.ts'
import { cLibrary } from './c-library.ts'
import { compilePipe } from './compile-pipe.ts'
import type { ImageEntry } from './image-entry.ts'
import { ImageError } from './image-error.ts'
import { npmLicenses } from './npm-licenses.ts'
import { writeTree } from './write-tree.ts'

/** Where the parts are that are not in this workspace. */
export interface ManxImageOptions {
  readonly output: string
  /** Default `localhost/manx:VERSION` with the version of this package. */
  readonly reference?: string
  /** Paths of the programs on this machine. */
  readonly programs: Readonly<Record<'gobgpd' | 'gobgp' | 'portmap' | 'loopback', string>>
  /** The bundles, where they are not in packages/…/dist. */
  readonly bundles?: Readonly<Record<BundleName, string>>
  /** Keeps the compiled pipe and the Debian packages between runs; default below the user's cache folder. */
  readonly cacheFolder?: string
  readonly onProgress?: (message: string) => void
}

const root = resolve(import.meta.dirname, '..', '..', '..')

/** Builds the Manx image from the pinned Node, the bundles in packages/…/dist (build them first) and the programs given. */
export async function buildManxImage(options: ManxImageOptions): Promise<BuiltImage> {
  return await buildImage({ ...(await manxImage(options)), output: options.output })
}

/** The files of the image in a folder, for a Dockerfile to copy. */
export async function writeManxTree(options: Omit<ManxImageOptions, 'output'>, folder: string): Promise<void> {
  for (const layer of (await manxImage(options)).layers) await writeTree(layer, folder)
}

/** What the image is made of: the one place that says so. */
async function manxImage(options: Omit<ManxImageOptions, 'output'>): Promise<Omit<BuildImageOptions, 'output'>> {
  const { programs, onProgress = () => undefined } = options
  const cacheFolder =
    options.cacheFolder ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'manx', 'image')
  const { version } = await readManifest(join(import.meta.dirname, '..'))
  const node = await nodeProgram()
  const koffi = await koffiFiles()
  const bundles = await bundleFiles(options.bundles)
  const pipe = await compilePipe(join(root, 'packages/cni/src/pipe.c'), cacheFolder)
  const library = await cLibrary([node.program, ...koffi.native], cacheFolder, onProgress)
  const runtime: ImageEntry[] = [
    ...library.entries,
    { path: '/opt/manx/bin/node', source: node.program },
    { path: '/opt/manx/licenses/node', source: node.license, mode: 0o644 },
    { path: '/etc/passwd', content: 'root:x:0:0:root:/:/sbin/nologin\nmanx:x:65532:65532:manx:/:/sbin/nologin\n' },
    { path: '/etc/group', content: 'root:x:0:\nmanx:x:65532:\n' },
    { path: '/etc/nsswitch.conf', content: 'hosts: files dns\n' },
    { path: '/tmp', directory: true, mode: 0o1777 },
  ]
  const helpers: ImageEntry[] = [
    { path: '/opt/manx/bin/gobgpd', source: programs.gobgpd, mode: 0o755 },
    { path: '/opt/manx/bin/gobgp', source: programs.gobgp, mode: 0o755 },
    { path: '/opt/manx/cni/portmap', source: programs.portmap, mode: 0o755 },
    { path: '/opt/manx/cni/loopback', source: programs.loopback, mode: 0o755 },
  ]
  const application: ImageEntry[] = [
    ...bundles,
    ...koffi.entries,
    { path: '/opt/manx/cni/manx', source: pipe, mode: 0o755 },
    { path: '/opt/manx/licenses/LICENSE', source: join(root, 'LICENSE'), mode: 0o644 },
    { path: '/opt/manx/licenses/NOTICE', source: join(root, 'NOTICE'), mode: 0o644 },
    ...(await npmLicenses(['agent', 'controllers', 'cli'].map((name) => join(root, 'packages', name)))),
  ]
  return {
    reference: options.reference ?? `localhost/manx:${version}`,
    layers: [runtime, helpers, application],
    entrypoint: ['/opt/manx/bin/node'],
    cmd: ['/opt/manx/agent.cjs'],
    env: { PATH: '/opt/manx/bin' },
    labels: {
      'org.opencontainers.image.title': 'Manx',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'dev.manx.node': node.version,
      'dev.manx.c-library': library.origin,
    },
  }
}

const readManifest = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }

/** The Node of the lockfile, as npm's package has it. */
async function nodeProgram(): Promise<{ program: string; license: string; version: string }> {
  const folder = join(root, 'node_modules', `node-linux-${process.arch}`)
  const program = await realpath(join(folder, 'bin', 'node')).catch(() => undefined)
  if (program === undefined)
    throw new ImageError('Missing', `${folder} is not installed: run npm test or npx pnpm install once`)
  const { version } = await readManifest(folder)
  return { program, version, license: join(folder, 'LICENSE') }
}

const bundleNames = { agent: 'agent.cjs', controllers: 'controllers.cjs', cli: 'manxctl.cjs' } as const

type BundleName = keyof typeof bundleNames

async function bundleFiles(given: ManxImageOptions['bundles']): Promise<readonly ImageEntry[]> {
  const entries: ImageEntry[] = []
  for (const name of ['agent', 'controllers', 'cli'] as const) {
    const file = bundleNames[name]
    const source = given?.[name] ?? join(root, 'packages', name, 'dist', file)
    const code = await readFile(source, 'utf8').catch(() => {
      throw new ImageError('Missing', `${source} is not there: npm run build makes the bundles`)
    })
    // The image has no env(1) and no shell: a command starts its Node by path.
    entries.push(
      name === 'cli'
        ? { path: '/opt/manx/bin/manxctl', content: code.replace(/^(#!.*\n)?/, '#!/opt/manx/bin/node\n'), mode: 0o755 }
        : { path: `/opt/manx/${file}`, source, mode: 0o644 },
    )
  }
  return entries
}

/** koffi's JavaScript and its native module for this platform, without sources and documentation. */
async function koffiFiles(): Promise<{ entries: readonly ImageEntry[]; native: readonly string[] }> {
  const folder = await realpath(join(import.meta.dirname, '..', 'node_modules', 'koffi'))
  const name = `@koromix/koffi-linux-${process.arch}`
  const platform = await realpath(join(folder, '..', name)).catch(() => {
    throw new ImageError('Missing', `${name} is not installed: run npm test or npx pnpm install once`)
  })
  const keep = (path: string) => !/^(vendor|doc|lib|musl_|cnoke)/.test(path) && /\.(c?js|json|node)$|LICENSE/.test(path)
  const own = await filesBelow(folder, keep)
  const native = (await filesBelow(platform, keep)).map((path) => join(platform, path))
  const entry = (from: string, to: string, path: string): ImageEntry => ({
    path: `${to}/${path.split(sep).join('/')}`,
    source: join(from, path),
    mode: 0o644,
  })
  return {
    entries: [
      ...own.map((path) => entry(folder, '/opt/manx/node_modules/koffi', path)),
      ...native.map((path) => entry(platform, `/opt/manx/node_modules/${name}`, relative(platform, path))),
    ],
    native: native.filter((path) => path.endsWith('.node')),
  }
}

async function filesBelow(folder: string, keep: (path: string) => boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter(keep)
}
