import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import { createClient, type KubernetesClient, leases, pause, runAsLeader, silentLogger } from '../src/index.ts'
import { type ApiServer, apiServerSkipReason, startApiServer } from './api-server.ts'

const reason = apiServerSkipReason()
const withServer = reason === undefined ? describe : describe.skip

withServer(`leader election with a real API server${reason === undefined ? '' : ` (${reason})`}`, () => {
  let server: ApiServer
  let client: KubernetesClient

  beforeAll(async () => {
    server = await startApiServer()
    client = await server.client()
  }, 90_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  /** Candidates for one Lease that write down who leads when. */
  function candidates(name: string, leaseSeconds: number) {
    const leading = new Set<string>()
    const history: string[] = []
    let most = 0
    const start = (identity: string) => {
      const controller = new AbortController()
      const ended = runAsLeader({
        client,
        namespace: 'default',
        name,
        identity,
        leaseSeconds,
        logger: silentLogger,
        signal: controller.signal,
        lead: async (signal) => {
          leading.add(identity)
          history.push(identity)
          most = Math.max(most, leading.size)
          await pause(3_600_000, signal)
          leading.delete(identity)
        },
      })
      return async () => {
        controller.abort()
        await ended
      }
    }
    return { leading, history, start, mostAtOnce: () => most }
  }

  test('one leads at a time, and the next takes over at once when the Lease is given back', async () => {
    const { leading, history, start, mostAtOnce } = candidates('handover', 600)
    const stopA = start('a')
    await eventually(() => expect([...leading]).toEqual(['a']))
    const stopB = start('b')
    await eventually(async () => expect((await client.get(leases, 'default/handover')).spec?.holderIdentity).toBe('a'))
    await stopA()
    // The lease is of ten minutes, and a renewal of two: only that the other one is told lets it lead now.
    await eventually(() => expect([...leading]).toEqual(['b']))
    await stopB()
    expect(history).toEqual(['a', 'b'])
    expect(mostAtOnce()).toBe(1)
  })

  test('a candidate that is not told learns from a Lease that nobody renews', async () => {
    const { leading, start } = candidates('silent', 2)
    const renewTime = new Date().toISOString().replace('Z', '000Z')
    const spec = { holderIdentity: 'killed', leaseDurationSeconds: 2, renewTime }
    await client.create(leases, { metadata: { name: 'silent', namespace: 'default' }, spec })
    const stop = start('a')
    await eventually(() => expect([...leading]).toEqual(['a']))
    await stop()
  })

  test('the work learns from its own clock that the Lease may be gone, before any signal', async () => {
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<readonly boolean[]>()
    const ended = runAsLeader({
      client,
      namespace: 'default',
      name: 'halted',
      identity: 'a',
      leaseSeconds: 1,
      logger: silentLogger,
      signal: controller.signal,
      lead: async (signal, holds) => {
        const before = holds()
        // As a halted process: no timer runs, no answer is read.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
        resolve([before, holds(), signal.aborted])
        await pause(3_600_000, signal)
      },
    })
    expect(await promise).toEqual([true, false, false])
    controller.abort()
    await ended
  })

  test('a leader whose requests get no answer stops before another may lead, however seldom it renews', async () => {
    await using path = await startPath(server)
    const unanswered = await createClient({ kubeconfig: path.kubeconfig })
    const order: string[] = []
    const stop = new AbortController()
    const start = (identity: string, through: KubernetesClient, renewSeconds: number) =>
      runAsLeader({
        client: through,
        namespace: 'default',
        name: 'unanswered',
        identity,
        leaseSeconds: 3,
        renewSeconds,
        logger: silentLogger,
        signal: stop.signal,
        lead: async (signal) => {
          order.push(`${identity} leads`)
          await pause(3_600_000, signal)
          order.push(`${identity} stops`)
        },
      })
    const ended = [start('a', unanswered, 1.9)]
    try {
      await eventually(() => expect(order).toEqual(['a leads']))
      path.silence()
      ended.push(start('b', client, 0.3))
      await eventually(() => expect(order).toContain('b leads'), { timeout: 60_000 })
      expect(order).toEqual(['a leads', 'a stops', 'b leads'])
    } finally {
      stop.abort()
      await Promise.all(ended)
      await unanswered.close()
    }
  }, 90_000)

  test('a leader without an API server stops by itself, and one leads again when it is back', async () => {
    const { leading, history, start, mostAtOnce } = candidates('outage', 2)
    const stops = [start('a'), start('b')]
    await eventually(() => expect(leading.size).toBe(1))
    await server.kill()
    await eventually(() => expect(leading.size).toBe(0))
    await server.start()
    await eventually(() => expect(leading.size).toBe(1))
    await Promise.all(stops.map((stop) => stop()))
    expect(history.length).toBeGreaterThanOrEqual(2)
    expect(mostAtOnce()).toBe(1)
  }, 60_000)
})

/** A way to the API server on which nothing comes through any more once it is silenced; its connections stay. */
async function startPath({ server, kubeconfig, folder }: ApiServer) {
  const sockets = new Set<Socket>()
  let silent = false
  const listener = createServer((near) => {
    const far = connect(Number(new URL(server).port), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => silent || to.write(bytes))
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const own = join(folder, `path-${port}.yaml`)
  await writeFile(own, (await readFile(kubeconfig, 'utf8')).replace(server, `https://127.0.0.1:${port}`))
  return {
    kubeconfig: own,
    silence: () => {
      silent = true
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
