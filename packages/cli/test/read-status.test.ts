import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { run } from '@manx/testbed'
import { readStatus } from '../src/node/read-status.ts'

const entry = new URL('../src/main.ts', import.meta.url).pathname

async function agent(answer: (response: ServerResponse) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'manxctl-status-'))
  const socket = join(folder, 'status.sock')
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

test.each<[string, (response: ServerResponse) => void, string]>([
  [
    'that ends while it answers',
    (response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"node":', () => response.destroy())
    },
    'the agent ended while it answered',
  ],
  ['that ends before it answers', (response) => response.destroy(), 'the agent did not answer: '],
  ['that answers with no JSON', (response) => response.end('{"node":'), 'something else than its status'],
  ['that answers with no object', (response) => response.end('5'), 'something else than its status'],
  [
    'that cannot answer',
    (response) => response.writeHead(500).end('why\u001b\nnot'),
    'the agent answered 500: why\\u001b\\u000anot',
  ],
])('an agent %s is no success', async (_, answer, message) => {
  await using started = await agent(answer)
  await expect(readStatus(started.socket)).rejects.toThrow(message)
})

test('the program says that the agent ended, and fails', async () => {
  await using started = await agent((response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"node":', () => response.destroy())
  })
  const { code, stdout, stderr } = await run(process.execPath, [entry, 'node', 'status', '--socket', started.socket])
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^the agent ended while it answered: .*\n$/)])
}, 60_000)

test('where there is no agent, nothing is the answer', async () => {
  expect(await readStatus('/nonexistent/status.sock')).toBeUndefined()
})
