import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildManxImage } from '@manx/image'
import type { ComponentPaths } from '../components/index.ts'
import { buildBundles } from './build-bundles.ts'
import type { ImageArchive } from './make-images.ts'

type ImagePrograms = ComponentPaths<'gobgpd' | 'gobgp' | 'portmap' | 'loopback'>

const root = fileURLToPath(new URL('../../../../', import.meta.url))
/** What of this checkout goes into the image: bundles, the pipe, and how it is assembled. */
const sources = [
  ...['packages/agent/dist', 'packages/controllers/dist', 'packages/cni/src', 'deploy/image'],
  ...['deploy/image/src', 'pnpm-lock.yaml'],
]

/** Builds the Manx image from this checkout; an archive that was built from the same files is taken as it is. */
export async function makeManxImage(
  folder: string,
  { gobgpd, gobgp, portmap, loopback }: ImagePrograms,
  note: (message: string) => void,
): Promise<ImageArchive> {
  await buildBundles()
  const programs = { gobgpd, gobgp, portmap, loopback }
  const output = join(folder, 'manx.tar')
  const record = join(folder, 'manx.tar.inputs.json')
  const inputs = await describeInputs(programs)
  const kept = await readRecord(record)
  const exists = (await stat(output).catch(() => undefined)) !== undefined
  if (exists && kept?.inputs === inputs) return { reference: kept.reference, output }
  const { reference } = await buildManxImage({ output, programs, onProgress: note })
  await writeFile(record, JSON.stringify({ inputs, reference }))
  return { reference, output }
}

async function readRecord(path: string): Promise<{ readonly inputs: string; readonly reference: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { inputs: string; reference: string }
  } catch {
    // Not built yet, or half written: the image is built again.
    return undefined
  }
}

/** Sources by content, the large programs by size and time. */
async function describeInputs(programs: ImagePrograms): Promise<string> {
  const hash = createHash('sha256')
  for (const path of [process.execPath, ...Object.values(programs)]) {
    const { size, mtimeMs } = await stat(path)
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  for (const source of sources) {
    for (const file of await filesOf(join(root, source))) hash.update(file).update(await readFile(file))
  }
  return hash.digest('hex')
}

async function filesOf(path: string): Promise<readonly string[]> {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(path, name))
    .sort((a, b) => a.localeCompare(b))
}
