import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  allKinds,
  type KubernetesClient,
  type KubernetesObject,
  namespaces,
  type Resource,
  resourceOf,
} from '../../src/index.ts'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../api-server.ts'
import { convertText, fixture, toJson } from './support.ts'

const reason = apiServerSkipReason()
const withServer = reason === undefined ? describe : describe.skip

withServer(`on a real API server${reason === undefined ? '' : ` (${reason})`}`, () => {
  let server: ApiServer
  let client: KubernetesClient
  beforeAll(async () => {
    server = await startApiServer()
    client = await server.client()
    await installKinds(client)
    await client.create(namespaces, { metadata: { name: 'shop' } })
  }, 120_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  test.each(['stored.yaml', 'export.txt'])(
    'all of %s is accepted, in its order',
    async (name) => {
      const { objects } = convertText(fixture(name))
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind === undefined) throw new Error(object.kind)
        const resource = resourceOf(kind) as Resource<KubernetesObject & { spec: unknown }>
        const written = JSON.parse(toJson(object))
        await client.create(resource, written, { fieldManager: 'test' })
        const read = await client.get(resource, object.metadata)
        expect(read.spec).toMatchObject(written.spec)
        expect(read.metadata.labels).toEqual(object.metadata.labels)
      }
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind !== undefined) await client.delete(resourceOf(kind), object.metadata)
      }
    },
    60_000,
  )
})
