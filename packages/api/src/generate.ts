import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { crdOf } from './crd.ts'
import type { AnyKind } from './kind.ts'
import { allKinds } from './kinds/all-kinds.ts'
import { referenceIndex, referencePage } from './reference/reference-page.ts'

// Writes crds/ and docs/reference/ from the kinds. With --check it writes nothing, names what is stale and exits 1.

const root = join(import.meta.dirname, '..', '..', '..')
const documents = join(import.meta.dirname, '..', 'test', 'documents')
const header = '# Generated from packages/api by `npm run generate`; edits are lost.\n'

function customResourceDefinitions(): Map<string, string> {
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

function referencePages(): Map<string, string> {
  const pages = new Map(allKinds.map((kind) => [`${kind.kind}.md`, referencePage(kind, exampleOf(kind))]))
  return pages.set('README.md', referenceIndex(allKinds))
}

/** The first document of the kind among those that a test applies. */
function exampleOf({ kind }: AnyKind): string {
  for (const file of readdirSync(documents).filter((name) => name.endsWith('.yaml'))) {
    const texts = readFileSync(join(documents, file), 'utf8').split(/^---$/m)
    const found = texts.find((text) => text.split('\n').includes(`kind: ${kind}`))
    if (found !== undefined) return found
  }
  throw new Error(`packages/api/test/documents must have an example of ${kind}`)
}

function readFolder(folder: string): Map<string, string> {
  const files = new Map<string, string>()
  try {
    for (const name of readdirSync(folder)) files.set(name, readFileSync(join(folder, name), 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return files
}

const folders = { crds: customResourceDefinitions(), 'docs/reference': referencePages() }
const checkOnly = process.argv.includes('--check')

for (const [name, wanted] of Object.entries(folders)) {
  const folder = join(root, name)
  const present = readFolder(folder)
  if (checkOnly) {
    const stale = [...wanted.keys(), ...present.keys()].filter((file) => wanted.get(file) !== present.get(file))
    for (const file of new Set(stale)) process.stderr.write(`${name}/${file} is stale: run npm run generate\n`)
    if (stale.length > 0) process.exitCode = 1
  } else {
    mkdirSync(folder, { recursive: true })
    for (const file of present.keys()) if (!wanted.has(file)) rmSync(join(folder, file))
    for (const [file, text] of wanted) writeFileSync(join(folder, file), text)
  }
}
