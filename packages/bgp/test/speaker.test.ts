import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { connect, createNamespace, eventually, type Namespace, skipReason } from '@manx/testbed'
import { api } from '../src/gen/gobgp.js'
import type { Desired, DesiredPath, DesiredPeer } from '../src/plan/desired.ts'
import { announceAtOnce } from '../src/speaker/announce-at-once.ts'
import { GobgpClient } from '../src/speaker/gobgp-client.ts'
import type { ReadPath } from '../src/speaker/path-message.ts'
import { policyMessage } from '../src/speaker/policy-message.ts'
import { Speaker, type SpeakerEvent } from '../src/speaker/speaker.ts'
import { refusedPrefixes } from '../src/status.ts'
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
  restartSpeaker(next?: Desired): Promise<void>
  stopSpeaker(): Promise<void>
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
  const start = (wanted: Desired) => {
    const speaker = new Speaker({
      socketPath: gobgpd.socketPath,
      logger: silentLogger,
      onEvent,
      isRestart: () => false,
    })
    speaker.setDesired(wanted)
    const stop = new AbortController()
    return { speaker, stop, done: speaker.run(stop.signal) }
  }
  let running = start(desired)
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
    stopSpeaker: stop,
    async restartSpeaker(next = desired) {
      await stop()
      running = start(next)
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
    expect(types.slice(0, types.indexOf('snapshot'))).toEqual(['connected', 'paths', 'paths', 'paths'])
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

  test('a block that moved is learned from its new node, however late the old one hears of it', async () => {
    const block = '10.128.1.0/26'
    const owner = desiredOf(1, {}, [block])
    const ownBlocks = [{ prefix: block, min: 26, max: 31 }]
    await using rigs = await startTwo(
      { ...owner, policy: { ...owner.policy, ownBlocks } },
      desiredOf(2, {}, ['10.128.2.0/26']),
    )
    const { one, two } = rigs
    await eventually(() => expect([...one.table.keys()]).toEqual(['10.128.2.0/26 10.0.0.2']), patience)
    two.speaker.setDesired(desiredOf(2, {}, ['10.128.2.0/26', block]))
    const refused = async () => {
      const client = new GobgpClient(one.gobgpd.socketPath)
      expect(await refusedPrefixes(client, '10.0.0.2', 4)).toEqual([block])
      client.close()
    }
    await eventually(refused, patience)
    one.events.length = 0
    two.events.length = 0
    one.speaker.setDesired(desiredOf(1))
    await eventually(() => expect(one.table.has(`${block} 10.0.0.2`)).toBe(true), patience)
    expect([...one.events, ...two.events].filter(({ type }) => type === 'peer')).toEqual([])
  }, 120_000)

  test('policies that an agent wrote before it died count for the routes that were there, both ways', async () => {
    const announced = ['10.128.1.0/26', '10.128.2.0/26']
    const [left, right] = [
      desiredOf(1, {}, announced),
      desiredOf(
        2,
        {},
        announced.map((prefix) => prefix.replace('10.', '11.')),
      ),
    ]
    const pools = [...left.policy.pools, { prefix: '11.128.0.0/9', min: 9, max: 32 }]
    await using rigs = await startTwo(left, { ...right, policy: { ...right.policy, pools } })
    const { one, two } = rigs
    await eventually(() => expect(two.table.size).toBe(2), patience)
    expect(one.table.size).toBe(0)
    await one.stopSpeaker()
    // Other timers, so that no session is quite as it should be.
    const withheld = [{ prefix: '10.128.1.0/26', min: 26, max: 32 }]
    const next = { ...desiredOf(1, { keepalive: 10 }, announced), policy: { ...left.policy, pools, withheld } }
    const dying = new GobgpClient(one.gobgpd.socketPath)
    await dying.setPolicies(policyMessage(next.policy))
    dying.close()
    one.events.length = 0
    two.events.length = 0
    await one.restartSpeaker(next)
    await eventually(() => {
      expect(one.table.size).toBe(2)
      expect([...two.table.keys()]).toEqual(['10.128.2.0/26 10.0.0.1'])
    }, patience)
    expect(two.events.filter(({ type }) => type === 'peer')).toEqual([])
    expect(
      one.events.flatMap((event) => (event.type === 'paths' ? event.paths : [])).some((path) => path.withdrawn),
    ).toBe(false)
  }, 120_000)

  test('what was sent on an earlier session is no proof that this one was told', async () => {
    await using rigs = await startTwo(desiredOf(1, {}, ['10.128.1.0/26']), desiredOf(2))
    const { one, two } = rigs
    await eventually(() => expect(two.table.size).toBe(1), patience)
    await two.gobgpd.kill()
    await eventually(async () => expect(await isUp(one)).toBe(false), patience)
    let resets = 0
    class CountingClient extends GobgpClient {
      override softReset(...given: Parameters<GobgpClient['softReset']>): Promise<void> {
        resets++
        return super.softReset(...given)
      }
    }
    const client = new CountingClient(one.gobgpd.socketPath)
    await announceAtOnce(client, '10.0.0.2', new AbortController().signal)
    client.close()
    expect(resets).toBeGreaterThan(1)
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
