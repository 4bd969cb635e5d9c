import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { connect, createNamespace, eventually, type Namespace, skipReason } from '@manx/testbed'
import { api } from '../src/gen/gobgp.js'
import type { Desired, DesiredPath, DesiredPeer } from '../src/plan/desired.ts'
import { GobgpClient } from '../src/speaker/gobgp-client.ts'
import type { ReadPath } from '../src/speaker/path-message.ts'
import { Speaker, type SpeakerEvent } from '../src/speaker/speaker.ts'
import { gobgpdPath, startGobgpd, type TestGobgpd } from './support/gobgpd.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter', gobgpdPath] })
const suite = reason === undefined ? describe : describe.skip
const patience = { timeout: 60_000, interval: 100 }

interface Rig extends AsyncDisposable {
  readonly gobgpd: TestGobgpd
  readonly speaker: Speaker
  readonly events: SpeakerEvent[]
  /** Paths of the present table, by prefix and neighbour. */
  readonly table: Map<string, ReadPath>
  restartSpeaker(): Promise<void>
}

async function startRig(namespace: Namespace, desired: Desired): Promise<Rig> {
  const gobgpd = await startGobgpd(namespace)
  const events: SpeakerEvent[] = []
  const table = new Map<string, ReadPath>()
  const onEvent = (event: SpeakerEvent) => {
    events.push(event)
    if (event.type === 'connected') table.clear()
    if (event.type !== 'paths') return
    for (const path of event.paths) {
      if (path.withdrawn) table.delete(`${path.prefix} ${path.neighbor}`)
      else table.set(`${path.prefix} ${path.neighbor}`, path)
    }
  }
  const start = () => {
    const speaker = new Speaker({
      socketPath: gobgpd.socketPath,
      logger: silentLogger,
      onEvent,
      isRestart: () => false,
    })
    speaker.setDesired(desired)
    const stop = new AbortController()
    return { speaker, stop, done: speaker.run(stop.signal) }
  }
  let running = start()
  const stop = async () => {
    running.stop.abort()
    await running.done
  }
  return {
    gobgpd,
    events,
    table,
    get speaker() {
      return running.speaker
    },
    async restartSpeaker() {
      await stop()
      running = start()
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await gobgpd[Symbol.asyncDispose]()
    },
  }
}

function desiredOf(number: 1 | 2, more: Partial<DesiredPeer> = {}, prefixes: readonly string[] = []): Desired {
  const address = `10.0.0.${3 - number}`
  const peer: DesiredPeer = {
    address,
    family: 4,
    port: 179,
    asn: 64510 + 3 - number,
    localAsn: 64510 + number,
    origin: 'global',
    source: 'BGPPeer/x',
    localAddress: `10.0.0.${number}`,
    passive: number === 1,
    allowedOwnAsns: 0,
    holdTime: 90,
    keepalive: 30,
    restartTime: 120,
    ...more,
  }
  return {
    global: { asn: 64510 + number, routerId: `10.0.0.${number}`, listenPort: 179, listenAddresses: [] },
    peers: new Map([[address, peer]]),
    paths: new Map(prefixes.map((prefix): [string, DesiredPath] => [prefix, { prefix, family: 4 }])),
    policy: {
      ownBlocks: [],
      pools: [{ prefix: '10.128.0.0/9', min: 9, max: 32 }],
      withheld: [],
      importAll: false,
      reflectTo: [],
      nextHopSelf: [],
      nextHopKeep: [],
    },
    kernel: { blackholes: [], metric: { 4: 1024, 6: 1024 } },
  }
}

async function startTwo(first: Desired, second: Desired) {
  const stack = new AsyncDisposableStack()
  const left = stack.use(await createNamespace('sp-a'))
  const right = stack.use(await createNamespace('sp-b'))
  await connect(
    { namespace: left, interface: 'eth0', addresses: ['10.0.0.1/24'] },
    { namespace: right, interface: 'eth0', addresses: ['10.0.0.2/24'] },
  )
  const one = stack.use(await startRig(left, first))
  const two = stack.use(await startRig(right, second))
  return { one, two, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function isUp({ speaker }: Rig): Promise<boolean> {
  const [peer] = await speaker.peers()
  return peer?.state?.sessionState === api.SessionState.SESSION_STATE_ESTABLISHED
}

suite(`speaker and gobgpd${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('a table of many messages is told whole, before and after a restart of the speaker', async () => {
    const many = Array.from(
      { length: 2500 },
      (_, index) => `10.${128 + (index >> 10)}.${(index >> 2) & 255}.${(index & 3) * 64}/26`,
    )
    await using rigs = await startTwo(desiredOf(1, {}, many), desiredOf(2))
    const { two } = rigs
    await eventually(() => expect(two.table.size).toBe(2500), patience)
    two.events.length = 0
    await two.restartSpeaker()
    await eventually(() => expect(two.events.some(({ type }) => type === 'snapshot')).toBe(true), patience)
    expect(two.table.size).toBe(2500)
    const types = two.events.map(({ type }) => type).filter((type) => type !== 'peer')
    expect(types).toEqual(['connected', 'paths', 'paths', 'paths', 'snapshot'])
    expect(two.events[0]).toEqual({ type: 'connected', fresh: false })
    expect(two.table.get('10.128.0.0/26 10.0.0.1')).toMatchObject({ nextHop: '10.0.0.1', family: 4, withdrawn: false })
  }, 120_000)

  test('withdrawals are told, in bulk as well', async () => {
    const some = Array.from({ length: 100 }, (_, index) => `10.128.${index}.0/26`)
    await using rigs = await startTwo(desiredOf(1, {}, some), desiredOf(2))
    const { one, two } = rigs
    await eventually(() => expect(two.table.size).toBe(100), patience)
    one.speaker.setDesired(desiredOf(1, {}, some.slice(0, 10)))
    await eventually(() => expect(two.table.size).toBe(10), patience)
  }, 120_000)

  test('a password must be the same on both sides, and can come, change and go', async () => {
    const fast = { keepalive: 1, holdTime: 3 }
    await using rigs = await startTwo(
      desiredOf(1, { ...fast, password: 'one' }),
      desiredOf(2, { ...fast, password: 'one' }),
    )
    const { one, two } = rigs
    await eventually(async () => expect(await isUp(one)).toBe(true), patience)
    for (const password of ['two', undefined, 'three'] as const) {
      const more = password === undefined ? fast : { ...fast, password }
      one.speaker.setDesired(desiredOf(1, more))
      await eventually(async () => expect(await isUp(two)).toBe(false), patience)
      two.speaker.setDesired(desiredOf(2, more))
      await eventually(async () => expect([await isUp(one), await isUp(two)]).toEqual([true, true]), patience)
    }
    one.speaker.setDesired({ ...desiredOf(1), peers: new Map() })
    await eventually(async () => expect(await one.speaker.peers()).toEqual([]), patience)
    one.speaker.setDesired(desiredOf(1, fast))
    two.speaker.setDesired(desiredOf(2, fast))
    await eventually(async () => expect([await isUp(one), await isUp(two)]).toEqual([true, true]), patience)
  }, 180_000)

  test('new timers do not end a session; a pool that is taken out of the policy takes its routes along', async () => {
    await using rigs = await startTwo(desiredOf(1, {}, ['10.128.0.0/26']), desiredOf(2))
    const { one, two } = rigs
    await eventually(() => expect([...two.table.keys()]).toEqual(['10.128.0.0/26 10.0.0.1']), patience)
    one.events.length = 0
    two.events.length = 0
    two.speaker.setDesired(desiredOf(2, { keepalive: 10 }))
    const narrow = desiredOf(2, { keepalive: 10 })
    two.speaker.setDesired({ ...narrow, policy: { ...narrow.policy, pools: [] } })
    await eventually(() => expect(two.table.size).toBe(0), patience)
    two.speaker.setDesired({ ...narrow, policy: { ...narrow.policy, pools: [], importAll: true } })
    await eventually(() => expect(two.table.size).toBe(1), patience)
    expect([...one.events, ...two.events].filter(({ type }) => type === 'peer')).toEqual([])
  }, 120_000)

  test('another identity stops gobgpd, and goes on with a new one', async () => {
    await using rigs = await startTwo(desiredOf(1), desiredOf(2, {}, ['10.128.0.0/26']))
    const { one, two } = rigs
    await eventually(() => expect([...one.table.keys()]).toEqual(['10.128.0.0/26 10.0.0.2']), patience)
    const changed = desiredOf(1)
    one.speaker.setDesired({ ...changed, global: { ...changed.global, routerId: '9.9.9.9' } })
    await eventually(() => expect(one.speaker.lastError).toMatchObject({ code: 'Stopped' }), patience)
    // Routes stay until the new one has told its own.
    expect([...one.table.keys()]).toEqual(['10.128.0.0/26 10.0.0.2'])
    await one.gobgpd.kill()
    await one.gobgpd.start()
    await eventually(async () => expect(await isUp(two)).toBe(true), patience)
    const client = new GobgpClient(one.gobgpd.socketPath)
    expect(await client.getBgp()).toMatchObject({ routerId: '9.9.9.9', useMultiplePaths: true })
    client.close()
  }, 120_000)
})
