import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connect, createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { monotonic } from '../src/measure.ts'
import { startProber } from '../src/native/prober.ts'
import { startSpawner } from '../src/native/spawn-batch.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'cc', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip

suite(`the helpers${reason === undefined ? '' : ` (${reason})`}`, () => {
  let sender: Namespace
  let receiver: Namespace

  beforeAll(async () => {
    sender = await createNamespace('bench-a')
    receiver = await createNamespace('bench-b')
    await connect(
      { namespace: sender, interface: 'eth0', addresses: ['192.0.2.1/24'] },
      { namespace: receiver, interface: 'eth0', addresses: ['192.0.2.2/24'] },
    )
  })
  afterAll(async () => {
    await sender.remove()
    await receiver.remove()
  })

  test('the prober says when packets cease to pass, and when they pass again', async () => {
    const nft = (input: string) => receiver.output('nft', ['-f', '-'], { input })
    await nft('table inet t { chain c { type filter hook input priority 0; }\n}')
    using prober = await startProber({
      source: sender.path,
      sourceAddress: '192.0.2.1',
      target: receiver.path,
      targetAddress: '192.0.2.2',
    })
    await prober.until('passed')
    for (const [state, change] of [
      ['refused', 'add rule inet t c udp dport 4000 drop'],
      ['passed', 'flush chain inet t c'],
    ] as const) {
      const before = monotonic()
      await nft(change)
      const at = await prober.until(state)
      expect(at).toBeGreaterThan(before)
      expect(at).toBeLessThan(monotonic())
    }
  })

  test('the prober rejects what does not come', async () => {
    using prober = await startProber({
      source: sender.path,
      sourceAddress: '192.0.2.1',
      target: receiver.path,
      targetAddress: '192.0.2.2',
    })
    await expect(prober.until('refused', 100)).rejects.toThrow('packets were not refused within 100 ms')
  })

  test('the spawner hands over arguments, environment and input, and times each', async () => {
    using spawner = await startSpawner()
    const script = 'cat; printf "%s %s" "$WORD" "$0"'
    const jobs = ['one', 'two'].map((word) => ({
      program: '/bin/sh',
      args: ['-c', script, 'name'],
      environment: { PATH: '/usr/bin:/bin', WORD: word },
      input: `{"in":"${word}"}`,
    }))
    const { total, each, outputs } = await spawner.run(jobs)
    expect(outputs).toEqual(['{"in":"one"}one name', '{"in":"two"}two name'])
    expect(each).toHaveLength(2)
    expect(total).toBeGreaterThanOrEqual(Math.max(...each))
  })

  test('the spawner rejects when a program fails, with what it said, and goes on', async () => {
    using spawner = await startSpawner()
    const job = (script: string) => ({ program: '/bin/sh', args: ['-c', script], environment: {}, input: '' })
    await expect(spawner.run([job('echo no; exit 3')])).rejects.toThrow('/bin/sh ended with 3: no')
    expect((await spawner.run([job('echo yes')])).outputs).toEqual(['yes\n'])
  })
})
