import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import { scriptPath } from '../support/compile-pipe.ts'
import { Fixture, kernelSuite } from '../support/fixture.ts'
import { Harness } from '../support/harness.ts'

const fixture = new Fixture()

kernelSuite('DEL', () => {
  test('removes everything, and succeeds again', async () => {
    const { sandbox, call } = await fixture.add()
    expect((await fixture.harness.call('DEL', call)).stdout).toBe('')
    await fixture.nothingIsLeft()
    expect(JSON.parse(await sandbox.output('ip', ['-j', 'link']))).toHaveLength(1)
    await eventually(() => expect(fixture.harness.node.annotations.get('default/web')).toEqual([]))
    await fixture.harness.succeed('DEL', call)
  })

  test('needs no namespace, neither its path nor the thing itself', async () => {
    const first = await fixture.add('c1', 'web')
    await fixture.harness.succeed('DEL', { containerId: 'c1', pod: 'web' })
    await fixture.nothingIsLeft()
    const second = await fixture.add('c2', 'web')
    await second.sandbox.remove()
    await fixture.harness.succeed('DEL', second.call)
    await fixture.nothingIsLeft()
    expect(first.sandbox.name).not.toBe(second.sandbox.name)
  })

  test('releases the addresses of a sandbox from before a reboot', async () => {
    fixture.harness.node.assigned.set('k8s-pod-network.c1', ['10.77.0.9'])
    await fixture.harness.succeed('DEL', { containerId: 'c1', pod: 'web' })
    await fixture.nothingIsLeft()
  })

  test('keeps what it needs for another try when a step fails', async () => {
    const { call } = await fixture.add()
    fixture.harness.node.failNext.release = new Error('the API server is away')
    expect(await fixture.harness.fail('DEL', call)).toMatchObject({ code: 199, msg: 'the API server is away' })
    await fixture.harness.succeed('DEL', call)
    await fixture.nothingIsLeft()
  })

  test('removes the entry of a container whose journal file is broken', async () => {
    const { call } = await fixture.add()
    writeFileSync(join(fixture.harness.node.journalFolder, 'c1@eth0.json'), '{')
    await fixture.harness.stop()
    await fixture.harness.start()
    await fixture.harness.succeed('DEL', call)
    await fixture.nothingIsLeft()
  })
})

kernelSuite('a newer sandbox of the same pod', () => {
  test.each([
    ['a DEL without arguments', 'DEL', { containerId: 'c1' }],
    ['GC', 'GC', { containerId: '', conf: { 'cni.dev/valid-attachments': [] } }],
  ])('keeps its interface although %s of the older one goes on', async (_, verb, call) => {
    const { harness } = fixture
    await fixture.add('c1', 'web')
    const removing = Promise.withResolvers<void>()
    const removal = Promise.withResolvers<void>()
    harness.node.beforeRemoval = () => {
      removing.resolve()
      return removal.promise
    }
    const older = harness.succeed(verb, call)
    await removing.promise
    const newer = fixture.add('c2', 'web')
    // It must wait; without a lock it would be done long before.
    expect(await Promise.race([newer.then(() => 'done'), pause(1000, 'waits')])).toBe('waits')
    removal.resolve()
    await older
    const { call: check, result } = await newer
    expect(await harness.hostInterfaces()).toHaveLength(1)
    await harness.succeed('CHECK', { ...check, conf: { prevResult: result } })
  })

  test('keeps its interface although the clock was set back before it', async () => {
    const { harness } = fixture
    harness.node.ahead = 3_600_000
    const older = await fixture.add('c1', 'web')
    harness.node.ahead = 0
    const newer = await fixture.add('c2', 'web')
    await harness.succeed('DEL', older.call)
    expect(await harness.hostInterfaces()).toHaveLength(1)
    await harness.succeed('CHECK', { ...newer.call, conf: { prevResult: newer.result } })
    await harness.succeed('DEL', newer.call)
    await fixture.nothingIsLeft()
  })

  test('keeps its interface although its entry cannot be read', async () => {
    const { harness } = fixture
    const older = await fixture.add('c1', 'web')
    await fixture.add('c2', 'web')
    writeFileSync(join(harness.node.journalFolder, 'c2@eth0.json'), '{')
    await harness.stop()
    await harness.start()
    await harness.succeed('DEL', older.call)
    expect(await harness.hostInterfaces()).toHaveLength(1)
    expect(readdirSync(harness.node.journalFolder)).toEqual(['c2@eth0.json'])
    await harness.succeed('DEL', { containerId: 'c2', pod: 'web' })
    await fixture.nothingIsLeft()
  })
})

kernelSuite('a restart', () => {
  test('knows what is attached', async () => {
    const { call } = await fixture.add()
    await fixture.harness.stop()
    expect(await fixture.harness.fail('DEL', call)).toMatchObject({ code: 11 })
    await fixture.harness.start()
    expect(fixture.harness.handlers.attachments()).toMatchObject([{ pod: 'web', addresses: ['10.77.0.1', 'fd77::1'] }])
    await fixture.harness.succeed('DEL', call)
    await fixture.nothingIsLeft()
  })
})

kernelSuite('many pods', () => {
  test('100 ADD and DEL, 10 at once, leave nothing', async () => {
    const sandboxes = await Promise.all(Array.from({ length: 10 }, () => fixture.harness.sandbox()))
    await Promise.all(
      sandboxes.map(async ({ path }, index) => {
        for (let round = 0; round < 10; round++) {
          const pod = `pod-${index}-${round % 3}`
          fixture.harness.node.addPod(`default/${pod}`)
          const call = { containerId: `c-${index}-${round}`, pod, namespace: path }
          await fixture.harness.succeed('ADD', call)
          await fixture.harness.succeed('DEL', call)
        }
      }),
    )
    await fixture.nothingIsLeft()
    expect(fixture.harness.node.requests).toHaveLength(100)
  }, 120_000)
})

kernelSuite('the script', () => {
  test('does the same as the executable', async () => {
    await using other = await Harness.create([process.execPath, [scriptPath]])
    other.node.addPod('default/web')
    const sandbox = await other.sandbox()
    const call = { containerId: 'c1', pod: 'web', namespace: sandbox.path }
    const prevResult = await other.succeed('ADD', call)
    expect(await sandbox.output('ip', ['address', 'show', 'eth0'])).toContain('inet 10.77.0.1/32')
    await other.succeed('CHECK', { ...call, conf: { prevResult } })
    await other.succeed('DEL', call)
    expect(await other.hostInterfaces()).toEqual([])
  })
})
