import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type AnyKind, allKinds, type ObjectMeta } from '../../src/index.ts'

export interface ExampleObject {
  readonly file: string
  readonly kind: AnyKind
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: ObjectMeta
    readonly spec: Readonly<Record<string, unknown>>
    readonly status?: Readonly<Record<string, unknown>>
  }
}

/** All documents of this folder. The first one of a kind's file is the example of its reference page. */
export function readDocuments(): ExampleObject[] {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.yaml'))
  return files
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((file) => {
      const documents = parseAllDocuments(readFileSync(join(import.meta.dirname, file), 'utf8'))
      return documents.map((document) => {
        const object = document.toJS() as ExampleObject['object']
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind === undefined) throw new Error(`${file}: unknown kind ${object.kind}`)
        return { file, kind, object }
      })
    })
}
