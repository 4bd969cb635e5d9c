import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import { type KubernetesClient, leases, pause, runAsLeader, silentLogger } from '../src/index.ts'
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
    await stopA()
    // The lease is of ten minutes: only giving it back lets the other lead now. B asks again after a fifth of that.
    expect((await client.get(leases, 'default/handover')).spec?.holderIdentity).toBe('')
    const stopC = start('c')
    await eventually(() => expect([...leading]).toEqual(['c']))
    await Promise.all([stopB(), stopC()])
    expect(history).toEqual(['a', 'c'])
    expect(mostAtOnce()).toBe(1)
  })

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
