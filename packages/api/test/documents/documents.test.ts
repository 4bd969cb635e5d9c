import { beforeAll, describe, expect, test } from '@jest/globals'
import { allKinds, type KubernetesObject, namespaces, type Resource, resourceOf, validate } from '../../src/index.ts'
import type { Node } from '../../src/schema/schema.ts'
import { withStored } from '../stored.ts'
import { withApiServer } from '../with-api-server.ts'
import { readDocuments } from './read-documents.ts'

const documents = readDocuments()

/** What no right object can have: rules refuse it with words that say where it belongs. */
const nowhere = [/\.ingress\[\]\.destination\.services\b/, /\.egress\[\]\.source\.services\b/, /\.egress\[\]\.http\b/]

function* fieldsOf(node: Node, path: string): Iterable<string> {
  if (node.type === 'list') yield* fieldsOf(node.items, `${path}[]`)
  if (node.type !== 'object') return
  for (const [name, property] of Object.entries(node.properties)) {
    const field = `${path}.${name}`
    if (nowhere.some((pattern) => pattern.test(field))) continue
    yield field
    yield* fieldsOf(property, field)
  }
}

function* usedIn(value: unknown, path: string): Iterable<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* usedIn(item, `${path}[]`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      yield `${path}.${name}`
      yield* usedIn(item, `${path}.${name}`)
    }
  }
}

describe('documents', () => {
  test('there are at least sixty, of every kind', () => {
    expect(documents.length).toBeGreaterThanOrEqual(60)
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(allKinds))
  })

  test('all are right', () => {
    for (const { file, kind, object } of documents) {
      expect({ file, name: object.metadata.name, issues: validate(kind, object) }).toEqual({
        file,
        name: object.metadata.name,
        issues: [],
      })
    }
  })

  test('every field is used', () => {
    for (const kind of allKinds) {
      const used = new Set<string>()
      for (const { object } of documents.filter((one) => one.kind === kind)) {
        for (const field of usedIn({ spec: object.spec, status: object.status ?? {} }, '')) used.add(field)
      }
      const fields = [
        ...fieldsOf(kind.spec.node, '.spec'),
        ...(kind.status ? fieldsOf(kind.status.node, '.status') : []),
      ]
      expect({ kind: kind.kind, unused: fields.filter((field) => !used.has(field)) }).toEqual({
        kind: kind.kind,
        unused: [],
      })
    }
  })
})

withApiServer('documents on a real API server', (api) => {
  beforeAll(async () => {
    const names = new Set(documents.flatMap(({ object }) => object.metadata.namespace ?? []))
    for (const name of names) await api.client.create(namespaces, { metadata: { name } })
  }, 60_000)

  test('all apply and are read back as they were written', async () => {
    for (const { file, kind, object } of documents) {
      const resource = resourceOf(kind) as Resource<KubernetesObject & { spec: unknown; status?: unknown }>
      const { status, ...written } = object
      await api.client.apply(resource, written as never, { fieldManager: 'test' })
      if (status !== undefined) await api.client.patchStatus(resource, object.metadata, { status })
      const read = await api.client.get(resource, object.metadata)
      const { name, namespace, labels } = read.metadata
      const metadata = {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
      }
      const stored = kind.status === undefined ? undefined : withStored(kind.status.node, status)
      expect({ file, metadata, spec: read.spec, status: read.status }).toEqual({
        file,
        metadata: object.metadata,
        spec: withStored(kind.spec.node, object.spec),
        status: stored,
      })
      expect(validate(kind, read)).toEqual([])
      await api.client.delete(resource, object.metadata)
    }
  }, 60_000)
})
