import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { serveCni } from '../src/serve-cni.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-serve-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('no request comes in before what is attached was taken up', async () => {
  const socketPath = join(folder, 'cni', 'cni.sock')
  const servedBefore: boolean[] = []
  const server = await serveCni({
    socketPath,
    handlers: { serve: async () => ({ exitCode: 0, output: '' }), attachments: () => [] },
    endpoints: { restore: () => void servedBefore.push(existsSync(socketPath)) },
    logger: silentLogger,
  })
  await server.close(0)
  expect(servedBefore).toEqual([false])
})
