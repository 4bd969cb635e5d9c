// `node deploy/image/src/main.ts --output FILE`: writes the Manx image as an OCI archive.
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ImageError } from './image-error.ts'
import { buildManxImage, writeManxTree } from './manx-image.ts'

const usage = `usage: node deploy/image/src/main.ts --output FILE [--reference NAME:TAG] [--components DIR]
       node deploy/image/src/main.ts --folder EMPTY-FOLDER [--components DIR]

Writes the Manx image as an OCI archive, or its files into a folder as the Dockerfile wants them. An archive is for
  ctr -n k8s.io images import --local FILE
  docker load --input FILE
  skopeo copy oci-archive:FILE docker://REGISTRY/manx:TAG
The bundles must be there (npm run build). gobgpd, gobgp, portmap and loopback come from DIR,
else as the lab gets them (cache, download, Go build).`

const { values } = parseArgs({
  options: {
    output: { type: 'string' },
    folder: { type: 'string' },
    reference: { type: 'string' },
    components: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if ((values.output === undefined) === (values.folder === undefined) || values.help === true) {
  console.error(usage)
  process.exit(values.help === true ? 0 : 2)
}
// As a program and not as an import: the lab builds its images with this package.
const lab = join(import.meta.dirname, '../../../packages/lab/src/components/main.ts')
try {
  const folder = execFileSync(process.execPath, [lab, 'gobgpd', 'gobgp', 'portmap', 'loopback'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: {
      ...process.env,
      ...(values.components === undefined ? {} : { MANX_COMPONENTS: resolve(values.components) }),
    },
  }).trim()
  const program = (name: string) => join(folder, name)
  const options = {
    ...(values.reference === undefined ? {} : { reference: values.reference }),
    programs: {
      gobgpd: program('gobgpd'),
      gobgp: program('gobgp'),
      portmap: program('portmap'),
      loopback: program('loopback'),
    },
    onProgress: (message: string) => console.error(message),
  }
  const path = (given: string) => resolve(process.env.MANX_CALLER_DIRECTORY ?? '.', given)
  if (values.folder !== undefined) await writeManxTree(options, path(values.folder))
  if (values.output !== undefined) {
    const image = await buildManxImage({ ...options, output: path(values.output) })
    console.log(`${image.reference} ${image.digest} ${image.output} (${(image.size / 1e6).toFixed(0)} MB)`)
  }
} catch (error) {
  console.error(error instanceof ImageError ? error.message : error)
  process.exit(1)
}
