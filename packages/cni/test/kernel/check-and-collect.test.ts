import { expect, test } from '@jest/globals'
import { interfaceName } from '@manx/api'
import { Fixture, kernelSuite } from '../support/fixture.ts'

const fixture = new Fixture()
const webInterface = interfaceName('default', 'web')

kernelSuite('CHECK', () => {
  test('finds all in order after an ADD, in any version', async () => {
    const { call } = await fixture.add()
    for (const cniVersion of ['0.4.0', '1.0.0', '1.1.0']) {
      const other = { ...call, conf: { cniVersion } }
      await fixture.harness.succeed('DEL', other)
      const prevResult = await fixture.harness.succeed('ADD', other)
      await fixture.harness.succeed('CHECK', { ...other, conf: { cniVersion, prevResult } })
    }
  })

  test('names all that differs', async () => {
    const { sandbox, call, result } = await fixture.add()
    const again = { ...call, conf: { prevResult: result } }
    await sandbox.output('ip', ['address', 'del', '10.77.0.1/32', 'dev', 'eth0'])
    await sandbox.output('ip', ['link', 'set', 'eth0', 'mtu', '1300'])
    await sandbox.output('ip', ['-6', 'route', 'del', 'default'])
    fixture.harness.node.programmed.clear()
    const { code, msg } = await fixture.harness.fail('CHECK', again)
    expect(code).toBe(103)
    for (const part of [
      'eth0 lacks 10.77.0.1/32',
      'eth0 has MTU 1300 instead of 1400',
      'route ::/0 via fe80::ecee:eeff:feee:eeee is missing',
      `${webInterface} has no routes and policy`,
    ]) {
      expect(msg).toContain(part)
    }
  })

  test('notices that the interface is gone, and a container that was never attached', async () => {
    const { sandbox, call, result } = await fixture.add()
    const conf = { prevResult: result }
    expect(await fixture.harness.fail('CHECK', { ...call, containerId: 'other', conf })).toMatchObject({ code: 3 })
    expect(await fixture.harness.fail('CHECK', call)).toMatchObject({
      code: 7,
      msg: expect.stringContaining('prevResult'),
    })
    await sandbox.output('ip', ['link', 'del', 'eth0'])
    const { msg } = await fixture.harness.fail('CHECK', { ...call, conf })
    expect(msg).toContain('eth0 does not exist in the container')
    expect(msg).toContain(`${webInterface} does not exist on the node`)
  })
})

kernelSuite('GC and STATUS', () => {
  test('GC removes what the runtime does not list, and only that', async () => {
    const kept = await fixture.add('kept', 'a')
    await fixture.add('lost', 'b')
    const gone = await fixture.add('gone', 'c')
    await gone.sandbox.remove()
    const valid = [{ containerID: 'kept', ifname: 'eth0' }]
    await fixture.harness.succeed('GC', { containerId: '', conf: { 'cni.dev/valid-attachments': valid } })
    expect([...fixture.harness.node.assigned.keys()]).toEqual(['k8s-pod-network.kept'])
    expect(await fixture.harness.hostInterfaces()).toEqual([interfaceName('default', 'a')])
    await fixture.harness.succeed('CHECK', { ...kept.call, conf: { prevResult: kept.result } })
  })

  test('GC leaves other networks alone and refuses a list that is not there', async () => {
    await fixture.add('other', 'a', { conf: { name: 'other-network' } })
    await fixture.harness.succeed('GC', { containerId: '', conf: { 'cni.dev/valid-attachments': [] } })
    expect(fixture.harness.node.assigned.size).toBe(1)
    expect(await fixture.harness.fail('GC', { containerId: '' })).toMatchObject({ code: 7 })
  })

  test('GC goes on after a failure and reports it', async () => {
    await fixture.add('one', 'a')
    await fixture.add('two', 'b')
    fixture.harness.node.failNext.release = new Error('broken')
    const gc = { containerId: '', conf: { 'cni.dev/valid-attachments': [] } }
    const failure = await fixture.harness.fail('GC', gc)
    expect(failure).toMatchObject({ code: 11, details: 'one/eth0: broken' })
    expect(fixture.harness.node.assigned.size).toBe(1)
    await fixture.harness.succeed('GC', gc)
    await fixture.nothingIsLeft()
  })

  test('STATUS says whether ADD can be served', async () => {
    await fixture.harness.succeed('STATUS', { containerId: '' })
    fixture.harness.node.state = { ready: false, limited: false, reason: 'no addresses left' }
    expect(await fixture.harness.fail('STATUS', { containerId: '' })).toMatchObject({
      code: 50,
      msg: 'no addresses left',
    })
    fixture.harness.node.state = { ready: false, limited: true, reason: 'BGP is down' }
    expect(await fixture.harness.fail('STATUS', { containerId: '' })).toMatchObject({ code: 51 })
  })
})
