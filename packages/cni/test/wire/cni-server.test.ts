import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { eventually, run, skipReason } from '@manx/testbed'
import { type CniServer, type CniServerOptions, startCniServer } from '../../src/wire/cni-server.ts'
import { decodeReply } from '../../src/wire/frames.ts'
import { compilePipe, scriptPath } from '../support/compile-pipe.ts'

const missing = skipReason({ commands: ['cc'] })
const env = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c', CNI_ARGS: 'a=ü;b=1' }

let folder: string
let socketPath: string
let server: CniServer | undefined
let pipe: { folder: string; path: string } | undefined

beforeAll(async () => {
  if (missing === undefined) pipe = await compilePipe()
})
afterAll(() => rmSync(pipe?.folder ?? '/nowhere', { recursive: true, force: true }))
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-server-'))
  socketPath = join(folder, 'cni', 'cni.sock')
})
afterEach(async () => {
  await server?.close(0)
  server = undefined
  rmSync(folder, { recursive: true })
})

const start = async (serve: CniServerOptions['serve'], options: Partial<CniServerOptions> = {}) => {
  server = await startCniServer({ socketPath, serve, logger: silentLogger, ...options })
  return server
}
/** Sends bytes as the executable does, leaving its side open; `end` closes it. */
const raw = (bytes: Buffer | string, end = false): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(socketPath, () => (end ? socket.end(bytes) : socket.write(bytes)))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })

const executables = [
  ['the compiled executable', missing, () => [pipe?.path ?? '', []] as const],
  ['the script', undefined, () => [process.execPath, [scriptPath]] as const],
] as const

for (const [name, reason, command] of executables) {
  const call = (input: string | Buffer, variables: Readonly<Record<string, string>> = env) => {
    const [program, args] = command()
    return run(program, args, { input, env: { ...variables, MANX_CNI_SOCKET: socketPath } })
  }
  const suite = reason === undefined ? describe : describe.skip
  suite(reason === undefined ? name : `${name} (${reason})`, () => {
    test('hands over environment and input, and ends as the agent says', async () => {
      await start(async ({ environment, input }) => ({
        exitCode: 7,
        output: JSON.stringify({ ...environment, input: Buffer.from(input).toString() }),
      }))
      const result = await call('{"ä":1}')
      expect(result.code).toBe(7)
      expect(JSON.parse(result.stdout)).toEqual({ ...env, input: '{"ä":1}' })
    })

    test.each([
      ['ADD', 11],
      ['DEL', 11],
      ['CHECK', 11],
      ['GC', 11],
      ['STATUS', 50],
    ])('%s without an agent fails with code %i', async (verb, code) => {
      const result = await call('{}', { CNI_COMMAND: verb })
      expect(result.code).toBe(1)
      expect(JSON.parse(result.stdout)).toMatchObject({ code, msg: 'the node agent is not running' })
    })

    test('answers VERSION without an agent', async () => {
      const result = await call('{}', { CNI_COMMAND: 'VERSION' })
      expect(result.code).toBe(0)
      expect(JSON.parse(result.stdout)).toEqual({
        cniVersion: '1.1.0',
        supportedVersions: ['0.3.1', '0.4.0', '1.0.0', '1.1.0'],
      })
    })

    test('says what it is when called by hand', async () => {
      const result = await call('', { CNI_COMMAND: '' })
      expect(result.code).toBe(1)
      expect(JSON.parse(result.stdout)).toMatchObject({ code: 4, msg: 'CNI_COMMAND is not set' })
    })

    test('refuses input of more than 1 MiB itself', async () => {
      await start(async () => ({ exitCode: 0, output: '' }))
      const result = await call(Buffer.alloc(1024 * 1024 + 1, 0x20))
      expect(JSON.parse(result.stdout)).toMatchObject({ code: 5, msg: 'the configuration exceeds 1 MiB' })
    })

    test('passes on input and output of almost 1 MiB', async () => {
      await start(async ({ input }) => ({ exitCode: 0, output: Buffer.from(input).toString() }))
      const text = 'x'.repeat(1024 * 1024 - 10)
      expect((await call(text)).stdout.trimEnd()).toBe(text)
    })

    test.each([
      ['nothing', ''],
      ['half an answer', '\0\0\0\0\x09{"a"'],
      ['an answer of 4 GiB', '\0\xff\xff\xff\xff{}'],
    ])('an agent that ends after %s is an error', async (_, answer) => {
      mkdirSync(join(folder, 'cni'))
      const broken = createServer((socket) => socket.on('error', () => undefined).end(Buffer.from(answer, 'latin1')))
      await new Promise<void>((resolve) => broken.listen(socketPath, resolve))
      const result = await call('{}')
      broken.close()
      expect(result.code).toBe(1)
      const { code } = JSON.parse(result.stdout)
      expect([5, 11]).toContain(code)
    })
  })
}

;(missing === undefined ? test : test.skip)('an agent that never answers is given up', async () => {
  const hasty = await compilePipe('-DPATIENCE_SECONDS=1')
  await start(() => new Promise(() => undefined))
  const result = await run(hasty.path, [], { input: '{}', env: { CNI_COMMAND: 'STATUS', MANX_CNI_SOCKET: socketPath } })
  rmSync(hasty.folder, { recursive: true })
  expect(result.code).toBe(1)
  expect(JSON.parse(result.stdout)).toMatchObject({ code: 50, msg: 'the node agent did not answer in time' })
})

describe('the server', () => {
  test('keeps socket and folder to itself', async () => {
    await start(async () => ({ exitCode: 0, output: '' }))
    expect(statSync(join(folder, 'cni')).mode & 0o777).toBe(0o700)
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  })

  test('takes over the socket of an agent that was killed', async () => {
    mkdirSync(join(folder, 'cni'))
    const script = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(existsSync(socketPath)).toBe(true)
    await start(async () => ({ exitCode: 0, output: 'new' }))
    expect(existsSync(socketPath)).toBe(true)
  })

  test('takes over a file of the name', async () => {
    mkdirSync(join(folder, 'cni'))
    writeFileSync(socketPath, '')
    await start(async () => ({ exitCode: 0, output: '' }))
  })

  test('does not push a living agent aside', async () => {
    await start(async () => ({ exitCode: 0, output: '' }))
    await expect(startCniServer({ socketPath, serve: () => Promise.reject(), logger: silentLogger })).rejects.toThrow(
      'is served by another process',
    )
  })

  test.each([
    ['no request', 'GET / HTTP/1.1\r\n\r\n', 'the request is not what the manx CNI executable sends'],
    ['a request that was cut off', 'MNX1\0\0\0\x09\0\0\0\0CNI', 'the request was cut off'],
    ['a length of 4 GiB', 'MNX1\xff\xff\xff\xff\0\0\0\0', 'the request is not what the manx CNI executable sends'],
  ])('%s gets an error', async (_, text, msg) => {
    await start(async () => ({ exitCode: 0, output: '' }))
    const reply = decodeReply(await raw(Buffer.from(text, 'latin1'), true))
    expect(reply?.exitCode).toBe(1)
    expect(JSON.parse(reply?.output ?? '')).toMatchObject({ code: 5, msg })
  })

  test('a request that does not come is given up', async () => {
    await start(async () => ({ exitCode: 0, output: '' }), { requestTimeout: 20 })
    const reply = await new Promise<Buffer>((resolve) => connect(socketPath).once('data', resolve))
    expect(JSON.parse(decodeReply(reply)?.output ?? '')).toMatchObject({ msg: 'the request did not arrive in time' })
  })

  test('aborts when the time is up', async () => {
    await start(
      (_, signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ exitCode: 1, output: String(signal.reason) })),
        ),
      { deadline: 20 },
    )
    const reply = decodeReply(await raw(Buffer.from('MNX1\0\0\0\0\0\0\0\0')))
    expect(reply?.output).toContain('not done after 0.02 s')
  })

  test('answers for a handler that never ends, and closes at once afterwards', async () => {
    const closing = await start(() => new Promise(() => undefined), { deadline: 20, margin: 20 })
    const reply = decodeReply(await raw(Buffer.from('MNX1\0\0\0\0\0\0\0\0')))
    expect(JSON.parse(reply?.output ?? '')).toMatchObject({ code: 11, msg: 'not done after 0.02 s' })
    await closing.close(600_000)
  })

  test('does not count a caller that is gone, though its handler goes on', async () => {
    let calls = 0
    await start(
      () => (++calls === 1 ? new Promise(() => undefined) : Promise.resolve({ exitCode: 0, output: 'served' })),
      { maxConnections: 1 },
    )
    const first = connect(socketPath, () => first.write('MNX1\0\0\0\0\0\0\0\0'))
    await eventually(() => expect(calls).toBe(1))
    first.end()
    await eventually(async () => {
      const reply = decodeReply(await raw(Buffer.from('MNX1\0\0\0\0\0\0\0\0')))
      expect(reply?.output).toBe('served')
    })
  })

  test('aborts when the caller is killed', async () => {
    let reason = ''
    await start(
      (_, signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            reason = String(signal.reason)
            resolve({ exitCode: 1, output: '' })
          }),
        ),
    )
    const socket = connect(socketPath, () => socket.write('MNX1\0\0\0\0\0\0\0\0', () => socket.destroy()))
    await eventually(() => expect(reason).toContain('the caller went away'))
  })

  test('serves many at once', async () => {
    let running = 0
    let most = 0
    await start(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running--
      return { exitCode: 0, output: 'done' }
    })
    const replies = await Promise.all(Array.from({ length: 100 }, () => raw(Buffer.from('MNX1\0\0\0\0\0\0\0\0'))))
    expect(replies.every((bytes) => decodeReply(bytes)?.output === 'done')).toBe(true)
    expect(most).toBeGreaterThan(50)
  })

  test('waits at its end for what it serves, and removes the socket', async () => {
    let answer: (() => void) | undefined
    const closing = await start(
      () =>
        new Promise((resolve) => {
          answer = () => resolve({ exitCode: 0, output: 'late' })
        }),
    )
    const reply = raw(Buffer.from('MNX1\0\0\0\0\0\0\0\0'))
    await eventually(() => expect(answer).toBeDefined())
    const closed = closing.close()
    expect(existsSync(socketPath)).toBe(false)
    answer?.()
    expect(decodeReply(await reply)?.output).toBe('late')
    await closed
  })
})
