import { describe, expect, test } from '@jest/globals'
import { connect, createNamespace, eventually, output, skipReason } from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter', 'ping'] })

;(reason === undefined ? describe : describe.skip)(`namespaces${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('two namespaces joined by a link reach each other in both families', async () => {
    await using left = await createNamespace('left')
    await using right = await createNamespace('right')
    await connect(
      { namespace: left, interface: 'eth0', addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
      { namespace: right, interface: 'eth0', addresses: ['192.0.2.2/24', '2001:db8::2/64'] },
    )
    await eventually(() => left.output('ping', ['-c1', '-W1', '192.0.2.2']))
    await eventually(() => left.output('ping', ['-c1', '-W1', '2001:db8::2']))
  })

  test('a removed namespace is gone with the daemons started in it', async () => {
    const namespace = await createNamespace('gone')
    const daemon = await namespace.start('sleep', ['600'])
    await namespace.remove()
    await expect(daemon.exited).resolves.toBe(137)
    expect(await output('ip', ['netns', 'list'])).not.toContain(namespace.name)
  })
})
