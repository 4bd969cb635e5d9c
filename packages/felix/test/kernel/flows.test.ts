import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Daemon, eventually, type Namespace, skipReason } from '@manx/testbed'
import { batch, createNode, type RunningFelix, type TestNode, type TestPod } from './node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'conntrack'] })
const suite = reason === undefined ? describe : describe.skip

const server = `require('net').createServer(s => s.resume()).listen(8080, '::', () => console.log('ready'))`
/** Connects to each argument and never stops sending. */
const client = `
const sockets = process.argv.slice(1).map(host => {
  const socket = require('net').connect(8080, host, () => { console.log('connected'); setInterval(() => socket.write('x'), 5) })
  return socket.on('error', () => {})
})`

suite(`flows of addresses${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix
  let one: TestPod
  let two: TestPod
  let daemons: Daemon[]

  const start = async (namespace: Namespace, script: string, ...args: readonly string[]) => {
    const daemon = await namespace.start(process.execPath, ['-e', script, ...args])
    daemons.push(daemon)
    await eventually(() => expect(daemon.log().match(/ready|connected/g)).toHaveLength(Math.max(1, args.length)))
  }
  /** Those of the node's flows that have this address in them, by conntrack's own words. */
  const flowsOf = async (address: string): Promise<number> => {
    const family = address.includes(':') ? 'ipv6' : 'ipv4'
    const list = await node.namespace.output('conntrack', ['-L', '-p', 'tcp', '-f', family])
    return list.split('\n').filter((line) => line.includes(`=${address} `)).length
  }
  const counts = () => Promise.all(['10.0.0.1', 'fd00::1', '10.0.0.2', 'fd00::2'].map(flowsOf))

  beforeEach(async () => {
    daemons = []
    node = await createNode()
    one = await node.addPod('one', '10.0.0.1', 'fd00::1')
    two = await node.addPod('two', '10.0.0.2', 'fd00::2')
    // As on a node, where addresses of its blocks that nobody has lead nowhere.
    await batch(node.namespace, ['route add blackhole 10.0.0.0/24', 'route add blackhole fd00::/120'])
    felix = await node.startFelix()
    felix.setPool('four', { metadata: { name: 'four' }, spec: { cidr: '10.0.0.0/16', natOutgoing: true } })
    felix.setPool('six', { metadata: { name: 'six' }, spec: { cidr: 'fd00::/64', natOutgoing: true } })
    felix.inSync()
    await Promise.all([felix.addEndpoint(one.endpoint), felix.addEndpoint(two.endpoint)])
    await Promise.all([start(two.namespace, server), start(node.outside, server)])
    await start(one.namespace, client, '10.0.0.2', 'fd00::2', '192.0.2.2', '2001:db8::2')
    expect(await counts()).toEqual([2, 2, 1, 1])
  })
  afterEach(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')))
    await node[Symbol.asyncDispose]()
  })

  test('go with the endpoint that was the server, though the client goes on sending; others stay', async () => {
    await felix.removeEndpoint('calitwo')
    expect(await counts()).toEqual([1, 1, 0, 0])
    expect(felix.statistics().flows.ended).toBe(2)
  })

  test('go with the endpoint that was the client, translated ones too', async () => {
    await felix.removeEndpoint('calione')
    expect(await counts()).toEqual([0, 0, 0, 0])
    expect(await flowsOf('192.0.2.2')).toBe(0)
  })

  test('go with the container when another one gets its interface and address, and with an address that is given up', async () => {
    await felix.addEndpoint({ ...two.endpoint, addresses: ['10.0.0.2'] })
    expect(await counts()).toEqual([2, 1, 1, 0])
    // The client's packets may make new entries for the new container, so it must be silent.
    await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')))
    await felix.addEndpoint({ ...two.endpoint, addresses: ['10.0.0.2'], containerId: 'another' })
    expect(await flowsOf('10.0.0.2')).toBe(0)
    expect(felix.isProgrammed('calitwo')).toBe(true)
  })

  test('stay through a restart and a repeated addEndpoint', async () => {
    await felix.stop()
    felix = await node.startFelix()
    felix.restoreEndpoints([one.endpoint, two.endpoint])
    felix.inSync()
    await eventually(() => expect(felix.ready()).toBe(true))
    await felix.addEndpoint(two.endpoint)
    expect(await counts()).toEqual([2, 2, 1, 1])
  })

  test('of an endpoint that goes before all inputs are known go when they are', async () => {
    await felix.stop()
    felix = await node.startFelix()
    felix.restoreEndpoints([one.endpoint, two.endpoint])
    await felix.removeEndpoint('calitwo')
    expect(await counts()).toEqual([2, 2, 1, 1])
    felix.inSync()
    await eventually(async () => expect(await counts()).toEqual([1, 1, 0, 0]))
  })
})
