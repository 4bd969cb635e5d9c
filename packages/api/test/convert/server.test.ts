import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { formatExactJson } from '../../src/convert/exact-numbers.ts'
import { allKinds, type KubernetesObject, namespaces, type Resource, resourceOf } from '../../src/index.ts'
import { withApiServer } from '../with-api-server.ts'
import { convertText, fixture, toJson } from './support.ts'

const kubectl = join(process.env.MANX_COMPONENTS ?? '/nonexistent', 'kubectl')

withApiServer('on a real API server', (api) => {
  beforeAll(async () => {
    await api.client.create(namespaces, { metadata: { name: 'shop' } })
  }, 60_000)

  test.each(['stored.yaml', 'export.txt'])(
    'all of %s is accepted, in its order',
    async (name) => {
      const { objects } = convertText(fixture(name))
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind === undefined) throw new Error(object.kind)
        const resource = resourceOf(kind) as Resource<KubernetesObject & { spec: unknown }>
        const written = JSON.parse(toJson(object))
        await api.client.create(resource, written, { fieldManager: 'test' })
        const read = await api.client.get(resource, object.metadata)
        expect(read.spec).toMatchObject(written.spec)
        expect(read.metadata.labels).toEqual(object.metadata.labels)
      }
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind !== undefined) await api.client.delete(resourceOf(kind), object.metadata)
      }
    },
    60_000,
  )

  ;(existsSync(kubectl) ? test : test.skip)(
    'kubectl keeps the digits of what is turned over, when the server applies it',
    async () => {
      const { objects } = convertText(fixture('stored.yaml'))
      const block = objects.find(({ kind }) => kind === 'IPAMBlock')
      const run = (args: readonly string[], input = '') =>
        execFileSync(kubectl, ['--kubeconfig', api.server.kubeconfig, ...args], { input, encoding: 'utf8' })
      for (const number of ['1706781600123456789', '1706781600123456791']) {
        const text = formatExactJson(block).replace(
          '"sequenceNumber": 1706781600123456789',
          `"sequenceNumber": ${number}`,
        )
        run(['apply', '--server-side', '-f', '-'], text)
        expect(run(['get', 'ipamblocks.projectcalico.org', block?.metadata.name ?? '', '-o', 'json'])).toContain(
          `"sequenceNumber": ${number}`,
        )
      }
    },
    60_000,
  )
})
