import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Daemon, eventually, type Namespace, skipReason } from '@manx/testbed'
import { createNode, type RunningFelix, type TestNode, type TestPod } from './node.ts'
import { goesOn, onlyFriends, onlyFriendsKey, podState, progress, streamReader, streamServer } from './streams.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'conntrack'] })
const suite = reason === undefined ? describe : describe.skip

/** Sends datagrams from one socket for ever and counts the answers. */
const pinger = `
let answers = 0
const socket = require('dgram').createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4')
socket.on('message', () => answers++)
setInterval(() => socket.send('x', 8080, process.argv[1]), 5)
setInterval(() => console.log('answers ' + answers), 50)`

const server4 = '10.0.0.1'
const server6 = 'fd00::1'

suite(`live flows that policy forbids${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix
  let daemons: Daemon[]

  const addPod = async (id: string, role: string, ...addresses: readonly string[]): Promise<TestPod> => {
    const pod = await node.addPod(id, ...addresses)
    const state = podState(id, role, addresses)
    felix.setPod(`default/pod-${id}`, state)
    await felix.addEndpoint(pod.endpoint, { pod: state })
    return pod
  }
  const start = async (namespace: Namespace, script: string, ...args: readonly string[]): Promise<Daemon> => {
    const daemon = await namespace.start(process.execPath, ['-e', script, ...args])
    daemons.push(daemon)
    return daemon
  }
  const prepare = async (environment: Readonly<Record<string, string | undefined>> = {}) => {
    felix = await node.startFelix(environment)
    felix.setNamespace('default', {})
    felix.inSync()
    const serverPod = await addPod('server', 'server', server4, server6)
    const friend = await addPod('friend', 'friend', '10.0.0.2', 'fd00::2')
    const foe = await addPod('foe', 'foe', '10.0.0.3', 'fd00::3')
    const serving = await start(serverPod.namespace, streamServer)
    await eventually(() => expect(serving.log()).toBe('ready\n'))
    return { serving, serverPod, friend, foe }
  }

  beforeEach(async () => {
    daemons = []
    node = await createNode()
  })
  afterEach(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')))
    await node[Symbol.asyncDispose]()
  })

  test.each([server4, server6])('of TCP to %s are reset, and those that are allowed lose nothing', async (address) => {
    const { serving, friend, foe } = await prepare()
    const good = await start(friend.namespace, streamReader, address)
    const bad = await start(foe.namespace, streamReader, address)
    await Promise.all([goesOn(good), goesOn(bad)])
    felix.setPolicy(onlyFriendsKey, onlyFriends)
    const foeAddress = address === server4 ? '10.0.0.3' : 'fd00::3'
    await eventually(() => expect(serving.log()).toContain(`ECONNRESET ${foeAddress}`))
    // The server was sending, so it was told; the client only sees that nothing comes any more.
    await goesOn(good)
    const end = progress(bad)
    await goesOn(good)
    expect(progress(bad)).toBe(end)
    expect(good.log()).not.toMatch(/gap|closed|ECONN/)
    expect(serving.log().match(/ECONN/g)).toHaveLength(1)
    expect(felix.statistics().flows).toMatchObject({ cut: 1, failures: 0 })
    const again = await start(foe.namespace, streamReader, address)
    await goesOn(good)
    expect(again.log()).not.toContain('connected')
    felix.setPolicy(onlyFriendsKey, undefined)
    await eventually(() => expect(again.log()).toContain('connected'), { timeout: 10_000 })
  })

  test.each([server4, server6])('of UDP to %s are dropped, and begin anew once they are allowed', async (address) => {
    const { friend, foe } = await prepare()
    const good = await start(friend.namespace, pinger, address)
    const bad = await start(foe.namespace, pinger, address)
    await Promise.all([goesOn(good), goesOn(bad)])
    felix.setPolicy(onlyFriendsKey, onlyFriends)
    await eventually(() => expect(felix.statistics().flows).toMatchObject({ cut: 1, marked: 1 }))
    const end = progress(bad)
    await goesOn(good)
    expect(progress(bad)).toBeLessThanOrEqual(end + 20)
    felix.setPolicy(onlyFriendsKey, undefined)
    await goesOn(bad)
    expect(felix.statistics().flows).toMatchObject({ released: 1, marked: 0 })
    await goesOn(good)
  })

  test('are cut when a label goes, and when the agent was away while the policy changed', async () => {
    const { serving, serverPod, friend, foe } = await prepare()
    felix.setPolicy(onlyFriendsKey, onlyFriends)
    const good = await start(friend.namespace, streamReader, server4)
    await goesOn(good)
    felix.setPod('default/pod-friend', podState('friend', 'foe', ['10.0.0.2', 'fd00::2']))
    await eventually(() => expect(serving.log()).toContain('ECONNRESET 10.0.0.2'))
    felix.setPolicy(onlyFriendsKey, undefined)
    const bad = await start(foe.namespace, streamReader, server4)
    await goesOn(bad)
    await felix.stop()
    await goesOn(bad)
    felix = await node.startFelix()
    felix.setNamespace('default', {})
    felix.restoreEndpoints([serverPod.endpoint, foe.endpoint])
    felix.setPod('default/pod-server', podState('server', 'server', [server4, server6]))
    felix.setPod('default/pod-foe', podState('foe', 'foe', ['10.0.0.3', 'fd00::3']))
    felix.setPolicy(onlyFriendsKey, onlyFriends)
    felix.inSync()
    await eventually(() => expect(serving.log()).toContain('ECONNRESET 10.0.0.3'))
  })

  test('are cut when nothing is known of their pod any more, and begin anew when it is', async () => {
    const { serving, friend, foe } = await prepare()
    const good = await start(friend.namespace, streamReader, server4)
    const gone = await start(foe.namespace, streamReader, server4)
    await Promise.all([goesOn(good), goesOn(gone)])
    felix.setPod('default/pod-foe', undefined)
    await eventually(() => expect(serving.log()).toContain('ECONNRESET 10.0.0.3'))
    await goesOn(good)
    expect(serving.log().match(/ECONN/g)).toHaveLength(1)
    felix.setPod('default/pod-foe', podState('foe', 'foe', ['10.0.0.3', 'fd00::3']))
    await goesOn(await start(foe.namespace, streamReader, server4))
  })

  test('of pods are not cut before it is known which pods there are', async () => {
    const { serving, serverPod, foe } = await prepare()
    const stream = await start(foe.namespace, streamReader, server4)
    await goesOn(stream)
    await felix.stop()
    await node.namespace.output('nft', ['delete', 'table', 'inet', 'manx'])
    felix = await node.startFelix()
    const waiting = [serverPod, foe].map(({ endpoint }) => felix.addEndpoint(endpoint, { pod: undefined as never }))
    felix.inSync({ sweep: false })
    await eventually(async () => expect(await node.nft('list', 'tables')).toContain('manx'))
    await goesOn(stream)
    expect(felix.statistics().flows).toMatchObject({ cut: 0 })
    felix.setPod('default/pod-server', podState('server', 'server', [server4, server6]))
    felix.setPod('default/pod-foe', podState('foe', 'foe', ['10.0.0.3', 'fd00::3']))
    felix.inSync()
    await Promise.all(waiting)
    await goesOn(stream)
    expect(serving.log()).not.toContain('ECONN')
  })

  test.each([
    ['192.0.2.1', server4],
    ['2001:db8::1', server6],
  ])('of pods to the node at %s are cut when defaultEndpointToHostAction becomes Drop', async (address, inPod) => {
    const { serving, friend, foe } = await prepare({ FELIX_DEFAULTENDPOINTTOHOSTACTION: undefined })
    const action = (defaultEndpointToHostAction: 'Accept' | 'Drop') =>
      felix.setConfiguration('default', { metadata: { name: 'default' }, spec: { defaultEndpointToHostAction } })
    action('Accept')
    const host = await start(node.namespace, streamServer)
    await eventually(() => expect(host.log()).toBe('ready\n'))
    const [toHost, toPod] = [
      await start(friend.namespace, pinger, address),
      await start(foe.namespace, streamReader, inPod),
    ]
    await Promise.all([goesOn(toHost), goesOn(toPod)])
    action('Drop')
    await eventually(() => expect(felix.statistics().flows).toMatchObject({ cut: 1, marked: 1, failures: 0 }))
    const end = progress(toHost)
    await goesOn(toPod)
    expect(progress(toHost)).toBeLessThanOrEqual(end + 20)
    expect(serving.log()).not.toContain('ECONN')
    action('Accept')
    await goesOn(toHost)
    expect(felix.statistics().flows).toMatchObject({ released: 1, marked: 0 })
  })

  test('go on when that is turned off', async () => {
    const { foe } = await prepare({ FELIX_CUTFLOWS: 'false' })
    const bad = await start(foe.namespace, streamReader, server4)
    await goesOn(bad)
    felix.setPolicy(onlyFriendsKey, onlyFriends)
    await eventually(async () => expect(await node.nft('list', 'table', 'inet', 'manx')).toContain('only-friends'))
    await goesOn(bad)
    expect(await node.nft('list', 'table', 'inet', 'manx')).not.toContain('cut-flow')
    expect(felix.statistics().flows).toMatchObject({ cut: 0, judged: 0 })
  })
})
