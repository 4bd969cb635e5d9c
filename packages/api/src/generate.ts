import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { crdOf } from './crd.ts'
import { allKinds } from './kinds/all-kinds.ts'

// Writes crds/ from the kinds. With --check it writes nothing, names what is stale and exits 1.

const folder = join(import.meta.dirname, '..', '..', '..', 'crds')
const header = '# Generated from packages/api by `npm run generate`; edits are lost.\n'

function wantedFiles(): Map<string, string> {
  const files = new Map<string, string>()
  for (const kind of allKinds) files.set(`${kind.group}_${kind.plural}.yaml`, yamlOf(crdOf(kind)))
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()],
  }
  return files.set('kustomization.yaml', yamlOf(kustomization))
}

function yamlOf(document: object): string {
  return header + stringify(document, { lineWidth: 120, aliasDuplicateObjects: false })
}

function readFolder(): Map<string, string> {
  const files = new Map<string, string>()
  try {
    for (const name of readdirSync(folder)) files.set(name, readFileSync(join(folder, name), 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return files
}

const wanted = wantedFiles()
const present = readFolder()
const stale = [...wanted.keys(), ...present.keys()].filter((name) => wanted.get(name) !== present.get(name))

if (process.argv.includes('--check')) {
  for (const name of new Set(stale)) process.stderr.write(`crds/${name} is stale: run npm run generate\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  mkdirSync(folder, { recursive: true })
  for (const name of present.keys()) if (!wanted.has(name)) rmSync(join(folder, name))
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text)
}
