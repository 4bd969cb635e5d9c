import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { createClient, namespaces } from '../src/index.ts'

/** A client of a server that answers everything in this way. */
async function clientOf(answer: (response: ServerResponse) => void) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'manx-exchange-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const listener = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    listener.closeAllConnections()
    await new Promise((resolve) => listener.close(resolve))
  })
  const server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  const kubeconfig = join(folder, 'kubeconfig')
  const text = stringify({
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
  await writeFile(kubeconfig, text)
  const client = await createClient({ kubeconfig })
  stack.defer(() => client.close())
  return { client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const json = { 'content-type': 'application/json' }

test('an answer that breaks off is Unreachable', async () => {
  await using rig = await clientOf((response) => {
    response.writeHead(200, { ...json, 'content-length': 100 })
    response.write('{"a":', () => response.destroy())
  })
  const failure = { name: 'ApiError', code: 'Unreachable', message: expect.stringContaining('Cannot get namespaces x') }
  await expect(rig.client.get(namespaces, 'x')).rejects.toMatchObject(failure)
})

test('an answer that is not the JSON it says it is fails with Protocol, and is not repeated', async () => {
  await using rig = await clientOf((response) => response.writeHead(200, json).end('{"data":{"password":"hidden'))
  const error: unknown = await rig.client.get(namespaces, 'x').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'ApiError', code: 'Protocol' })
  expect(`${error} ${JSON.stringify(error)}`).toContain('Cannot get namespaces x: the answer of http://127.0.0.1')
  expect(`${error} ${JSON.stringify(error)}`).not.toContain('hidden')
})

test('an answer that takes too long is a Timeout, and the reason of the caller comes through', async () => {
  await using rig = await clientOf((response) => void response.writeHead(200, json).write('{"a":'))
  await expect(rig.client.get(namespaces, 'x', { timeout: 50 })).rejects.toMatchObject({ code: 'Timeout' })
  const stop = new AbortController()
  const asked = rig.client.get(namespaces, 'x', { signal: stop.signal })
  stop.abort('enough')
  await expect(asked).rejects.toBe('enough')
})
