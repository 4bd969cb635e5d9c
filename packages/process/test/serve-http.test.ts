import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { jsonAnswer, routes, serveHttp } from '../src/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-http-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function ask(socketPath: string, path: string, method = 'GET'): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve([response.statusCode, text]))
    })
      .on('error', reject)
      .end()
  })
}

test('paths are answered, other requests are told what there is, and a handler that fails says why', async () => {
  const path = join(folder, 'a.sock')
  const listener = routes({
    '/a': () => jsonAnswer(200, { a: 1 }),
    '/fails': () => Promise.reject(new Error('not today')),
  })
  {
    await using _server = await serveHttp(listener, { path })
    expect(await ask(path, '/a?x=1')).toEqual([200, '{"a":1}'])
    expect(await ask(path, '/fails')).toEqual([500, 'Error: not today\n'])
    expect(await ask(path, '/toString')).toEqual([404, 'there are: /a /fails\n'])
    expect((await ask(path, '/a', 'POST'))[0]).toBe(404)
    await expect(serveHttp(listener, { path })).rejects.toThrow('EADDRINUSE')
  }
  await expect(ask(path, '/a')).rejects.toThrow('ENOENT')
})
