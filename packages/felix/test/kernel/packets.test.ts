import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, skipReason } from '@manx/testbed'
import { batch, createNode, pings, type RunningFelix, sourceSeen, type TestNode, type TestPod } from './node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'ping'] })
const suite = reason === undefined ? describe : describe.skip

suite(`packets of pods${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix
  let one: TestPod
  let two: TestPod

  beforeAll(async () => {
    node = await createNode()
    one = await node.addPod('one', '10.0.0.1', 'fd00::1')
    two = await node.addPod('two', '10.0.0.2', 'fd00::2')
    felix = await node.startFelix()
    for (const [name, cidr] of [
      ['four', '10.0.0.0/16'],
      ['six', 'fd00::/64'],
    ] as const) {
      felix.setPool(name, { metadata: { name }, spec: { cidr, natOutgoing: true } })
    }
    felix.inSync()
    await Promise.all([felix.addEndpoint(one.endpoint), felix.addEndpoint(two.endpoint)])
  })
  afterAll(async () => node[Symbol.asyncDispose]())

  test.each(['10.0.0.2', 'fd00::2', '192.0.2.1', '2001:db8::1'])('a pod reaches %s', async (address) => {
    expect(await pings(one.namespace, address)).toBe(true)
  })

  test.each(['10.0.0.1', 'fd00::1'])('the node reaches its pod %s', async (address) => {
    expect(await pings(node.namespace, address)).toBe(true)
  })

  test.each([
    ['10.0.0.2', '10.0.0.1'],
    ['fd00::2', 'fd00::1'],
  ])('between pods the server %s sees the address of the client', async (server, client) => {
    expect(await sourceSeen(one.namespace, two.namespace, server)).toBe(client)
  })

  test.each([
    ['192.0.2.2', '192.0.2.1'],
    ['2001:db8::2', '2001:db8::1'],
  ])('outside, %s sees the address of the node', async (server, client) => {
    expect(await sourceSeen(one.namespace, node.outside, server)).toBe(client)
  })

  test('packets with a source that is not the pod’s are dropped, to pods, the node and outside', async () => {
    await one.namespace.output('ip', ['address', 'add', '10.0.0.99/32', 'dev', 'eth0'])
    await one.namespace.output('ip', ['address', 'add', 'fd00::99/128', 'dev', 'eth0', 'nodad'])
    // The neighbour outside would answer, so that only the source check is in the way.
    await node.outside.output('ip', ['route', 'add', '10.0.0.0/24', 'via', '192.0.2.1'])
    await node.outside.output('ip', ['-6', 'route', 'add', 'fd00::/64', 'via', '2001:db8::1'])
    for (const target of ['10.0.0.2', '192.0.2.1', '192.0.2.2']) {
      expect(await pings(one.namespace, target, '10.0.0.99')).toBe(false)
    }
    for (const target of ['fd00::2', '2001:db8::1', '2001:db8::2']) {
      expect(await pings(one.namespace, target, 'fd00::99')).toBe(false)
    }
    expect(await node.nft('list', 'chain', 'inet', 'manx', 'check-source')).toMatch(/counter packets [1-9]/)
  })

  test('a pod does not reach the node’s loopback addresses, though its interface routes them', async () => {
    expect((await node.namespace.output('sysctl', ['-n', 'net.ipv4.conf.calione.route_localnet'])).trim()).toBe('1')
    const intruder = await node.addPod('intruder', '10.0.0.4')
    await felix.addEndpoint(intruder.endpoint)
    await intruder.namespace.output('sysctl', ['-w', 'net.ipv4.conf.eth0.route_localnet=1'])
    // What a pod with NET_ADMIN does so that packets to 127.0.0.1 leave it.
    const local = (await intruder.namespace.output('ip', ['route', 'show', 'table', 'local'])).split('\n')
    const loopback = local.map((line) => line.trim()).filter((line) => line.includes(' 127.'))
    await batch(intruder.namespace, [
      ...loopback.map((line) => `route del ${line} table local`),
      'route add 127.0.0.0/8 via 169.254.1.1 dev eth0',
    ])
    const listen = `for (const host of ['127.0.0.1', '192.0.2.1'])
      require('dgram').createSocket('udp4', () => console.log(host)).bind(9099, host, () => console.log('listens'))`
    const server = await node.namespace.start(process.execPath, ['-e', listen])
    await eventually(() => expect(server.log()).toBe('listens\nlistens\n'))
    // One way behind the other, so what comes of the second says that the first one was decided.
    const sendTo = `const socket = require('dgram').createSocket('udp4').bind(0, '10.0.0.4', () =>
      socket.send('x', 9099, '127.0.0.1', () => socket.send('x', 9099, '192.0.2.1', () => socket.close())))`
    await intruder.namespace.output(process.execPath, ['-e', sendTo])
    await eventually(() => expect(server.log()).toBe('listens\nlistens\n192.0.2.1\n'))
    await server.stop('SIGKILL')
    expect(await node.nft('list', 'chain', 'inet', 'manx', 'check-source')).toMatch(
      /ip daddr 127.0.0.0\/8 counter packets [1-9]/,
    )
    await felix.removeEndpoint('caliintruder')
  })

  test('a pod sends nothing that a tunnel device would unpack, to the node or elsewhere', async () => {
    felix.setConfiguration('default', {
      metadata: { name: 'default' },
      spec: { defaultEndpointToHostAction: 'Accept' },
    })
    const listen = `for (const port of [4789, 4790])
      require('dgram').createSocket('udp4', () => console.log(port)).bind(port, () => console.log('listens'))`
    for (const [at, address] of [
      [node.namespace, '192.0.2.1'],
      [node.outside, '192.0.2.2'],
    ] as const) {
      const server = await at.start(process.execPath, ['-e', listen])
      await eventually(() => expect(server.log()).toBe('listens\nlistens\n'))
      // One behind the other, so what comes of the second says that the first one was decided.
      const sendTo = `const socket = require('dgram').createSocket('udp4').bind(0, '10.0.0.1', () =>
        socket.send('x', 4789, '${address}', () => socket.send('x', 4790, '${address}', () => socket.close())))`
      await one.namespace.output(process.execPath, ['-e', sendTo])
      await eventually(() => expect(server.log()).toBe('listens\nlistens\n4790\n'))
      await server.stop('SIGKILL')
    }
    for (const chain of ['from-pod', 'pod-to-host']) {
      const rules = await node.nft('list', 'chain', 'inet', 'manx', chain)
      expect(rules).toMatch(/udp dport 4789 counter packets 1 bytes \d+ drop/)
      expect(rules).toMatch(/meta l4proto (4|ipencap) counter packets 0 bytes 0 drop/)
    }
  })

  test('a pod does not choose the way of its packets, whatever the node allows elsewhere', async () => {
    // New interfaces take source routes by the kernel's own default.
    const ofPod = await node.namespace.output('sysctl', ['-n', 'net.ipv4.conf.calione.accept_source_route'])
    expect(ofPod.trim()).toBe('0')
  })

  test('from its link-local address a pod may find its neighbours and nothing else', async () => {
    await one.namespace.output('ip', ['-6', 'neighbour', 'flush', 'dev', 'eth0'])
    expect(await pings(one.namespace, 'fd00::2')).toBe(true)
    const linkLocal = /inet6 (fe80::\S+)\/64/.exec(
      await one.namespace.output('ip', ['-6', 'address', 'show', 'eth0']),
    )?.[1]
    expect(linkLocal).toBeDefined()
    expect(await pings(one.namespace, 'fe80::ecee:eeff:feee:eeee%eth0', linkLocal)).toBe(false)
  })

  test('a pod interface that nobody told of is cut off, in both directions', async () => {
    const stranger = await node.addPod('stranger', '10.0.0.3', 'fd00::3')
    for (const target of ['10.0.0.1', 'fd00::1', '192.0.2.1', '2001:db8::1']) {
      expect(await pings(stranger.namespace, target)).toBe(false)
    }
    await felix.addEndpoint(stranger.endpoint)
    expect(await pings(one.namespace, '10.0.0.3')).toBe(true)
    await felix.removeEndpoint('calistranger')
    expect(await pings(one.namespace, '10.0.0.3')).toBe(false)
    expect(await pings(stranger.namespace, '10.0.0.1')).toBe(false)
  })

  test('with defaultEndpointToHostAction Drop the node cannot be reached, but pods can', async () => {
    const spec = { defaultEndpointToHostAction: 'Drop' }
    await felix.stop()
    felix = await node.startFelix({ FELIX_DEFAULTENDPOINTTOHOSTACTION: '' })
    felix.setConfiguration('default', { metadata: { name: 'default' }, spec })
    felix.inSync()
    await Promise.all([felix.addEndpoint(one.endpoint), felix.addEndpoint(two.endpoint)])
    await node.namespace.output('conntrack', ['-F'])
    expect(await Promise.all(['192.0.2.1', '2001:db8::1'].map((address) => pings(one.namespace, address)))).toEqual([
      false,
      false,
    ])
    expect(await Promise.all(['10.0.0.2', 'fd00::2'].map((address) => pings(one.namespace, address)))).toEqual([
      true,
      true,
    ])
    expect(await pings(node.namespace, 'fd00::1')).toBe(true)
  })
})
