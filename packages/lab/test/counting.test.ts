import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, eventually, type Namespace, output, run, skipReason } from '@manx/testbed'
import { dumpKernel } from '../src/faults/kernel-dump.ts'
import { type KernelWatch, watchKernel } from '../src/faults/watch-kernel.ts'
import { planLab } from '../src/plan/lab-plan.ts'
import { startTrafficWorker, type TrafficWorker } from '../src/traffic/start-worker.ts'
import { type Flow, trafficPort } from '../src/traffic/traffic-order.ts'

// What counts nothing makes every fault look harmless.
const reason = skipReason({ root: true, commands: ['ip', 'nft', 'nsenter'] })
const when = reason === undefined ? describe : describe.skip
const suffix = reason === undefined ? '' : ` (${reason})`

when(`a traffic worker${suffix}`, () => {
  let namespace: Namespace
  let worker: TrafficWorker | undefined

  const flow = (kind: Flow['kind'], address: string, allowed: boolean): Flow => {
    return { name: `${kind} ${address}`, kind, address, perSecond: 100, allowed }
  }
  const kinds = ['datagrams', 'stream', 'connections'] as const
  const flows = ['127.0.0.1', '::1'].flatMap((address) => kinds.map((kind) => flow(kind, address, true)))

  beforeAll(async () => {
    namespace = await createNamespace('traffic')
  })
  afterAll(() => namespace.remove())
  beforeEach(async () => {
    worker?.end()
    await namespace.output('nft', ['flush', 'ruleset'])
  })
  afterAll(() => worker?.end())

  const start = async (order: readonly Flow[]) => {
    const started = await startTrafficWorker(namespace.path, { serve: true, flows: order })
    worker = started
    return started
  }
  const drop = async (rule: string) => {
    await namespace.output('nft', ['add table inet t; add chain inet t c { type filter hook input priority 0; }'])
    await namespace.output('nft', [`add rule inet t c ${rule}`])
  }

  test('counts what was answered, and who called', async () => {
    const { report, stop } = await start(flows)
    await eventually(async () => {
      for (const { answered } of (await report()).flows) expect(answered).toBeGreaterThan(10)
    })
    await stop()
    const done = await eventually(async () => {
      const now = await report()
      for (const { waiting } of now.flows) expect(waiting).toBe(0)
      return now
    })
    for (const { sent, answered, failed } of done.flows) expect([answered, failed]).toEqual([sent, 0])
    expect(done.kernel.receiveBufferErrors).toBe(0)
    expect(Object.keys(done.callers).sort((a, b) => a.length - b.length)).toEqual(['::1', '127.0.0.1'])
  })

  test('misses the answer to each datagram that was dropped', async () => {
    await drop(`udp dport ${trafficPort} numgen inc mod 10 == 0 counter drop`)
    const { report, stop } = await start([flow('datagrams', '127.0.0.1', true)])
    await eventually(async () => expect((await report()).flows[0]?.sent).toBeGreaterThan(50))
    await stop()
    const packets = async () => {
      const counter = await namespace.output('nft', ['list', 'chain', 'inet', 't', 'c'])
      return Number(/counter packets (\d+)/.exec(counter)?.[1])
    }
    await eventually(async () => expect((await report()).flows[0]?.waiting).toBe(await packets()))
    expect(await packets()).toBeGreaterThan(4)
  })

  test('names streams and connections that are reset', async () => {
    await drop(`tcp dport ${trafficPort} reject with tcp reset`)
    const { report } = await start([flow('stream', '127.0.0.1', true), flow('connections', '127.0.0.1', true)])
    await eventually(async () => {
      for (const { failed, losses } of (await report()).flows) {
        expect(failed).toBeGreaterThan(0)
        expect(losses[0]?.reason).toContain('ECONNREFUSED')
      }
    })
  })

  test('shows what comes through though it must not', async () => {
    const { report } = await start([flow('datagrams', '::1', false), flow('connections', '127.0.0.1', false)])
    await eventually(async () => {
      const now = await report()
      for (const { answered } of now.flows) expect(answered).toBeGreaterThan(0)
      const callers = new Map(Object.entries(now.callers))
      expect(callers.get('::1')?.datagrams).toBeGreaterThan(0)
      expect(callers.get('127.0.0.1')?.connections).toBeGreaterThan(0)
    })
  })
})

when(`a watch of the kernel${suffix}`, () => {
  const plan = planLab({ name: `watch${process.pid % 10_000}`, nodes: 1, mesh: false })
  const namespace = plan.hosts.find(({ name }) => name === 'node1')?.namespace ?? ''
  let watch: KernelWatch | undefined
  const inside = (command: string, ...args: readonly string[]) => output(command, args, { namespace })

  beforeAll(async () => {
    await output('ip', ['netns', 'add', namespace])
    await inside('ip', 'link', 'set', 'lo', 'up')
    await inside('nft', 'add table inet manx; add chain inet manx c; add rule inet manx c counter accept')
    watch = await watchKernel(plan)
  })
  afterAll(async () => {
    watch?.[Symbol.dispose]()
    await run('ip', ['netns', 'delete', namespace])
  })

  test('sees a rule that is removed and added again, and so does a dump', async () => {
    const before = await dumpKernel(plan, 'node1')
    const handle = /# handle (\d+)$/.exec(before.nft.find((line) => line.includes('accept')) ?? '')?.[1] ?? ''
    await inside('nft', `delete rule inet manx c handle ${handle}; add rule inet manx c counter accept`)
    await eventually(() => {
      const rules = (watch?.events ?? []).filter(({ kind }) => kind === 'nft')
      expect(rules.map(({ removed }) => removed)).toEqual([true, false])
    })
    expect(await dumpKernel(plan, 'node1')).not.toEqual(before)
  })

  test('sees routes of Manx only', async () => {
    await inside('ip', 'route', 'add', 'blackhole', '10.244.1.0/26', 'proto', '80')
    await inside('ip', 'route', 'add', 'blackhole', '10.9.0.0/26', 'proto', 'static')
    await inside('ip', 'route', 'delete', 'blackhole', '10.244.1.0/26', 'proto', '80')
    await eventually(() => {
      const routes = (watch?.events ?? []).filter(({ kind }) => kind === 'route')
      expect(routes.map(({ removed }) => removed)).toEqual([false, true])
    })
  })
})
