import { expect, test } from '@jest/globals'
import { interfaceName } from '@manx/api'
import { eventually, output } from '@manx/testbed'
import { Fixture, kernelSuite } from '../support/fixture.ts'
import type { Harness } from '../support/harness.ts'

const fixture = new Fixture()
const webInterface = interfaceName('default', 'web')

/** The host's routes are felix's; here the test stands in for it. */
const routeToPod = async (device: string) => {
  const { host } = fixture.harness
  await host.output('ip', ['address', 'add', '10.99.0.1/32', 'dev', 'lo'])
  await host.output('ip', ['-6', 'address', 'add', 'fd99::1/128', 'dev', 'lo', 'nodad'])
  await host.output('ip', ['route', 'add', '10.77.0.1/32', 'dev', device])
  await host.output('ip', ['-6', 'route', 'add', 'fd77::1/128', 'dev', device])
}

kernelSuite('ADD', () => {
  test('answers with both interfaces, the addresses and the routes', async () => {
    const { sandbox, result } = await fixture.add()
    expect(result).toEqual({
      cniVersion: '1.1.0',
      interfaces: [
        { name: webInterface, mac: 'ee:ee:ee:ee:ee:ee', mtu: 1400 },
        { name: 'eth0', mac: expect.stringMatching(/^.[26ae](:..){5}$/), mtu: 1400, sandbox: sandbox.path },
      ],
      ips: [
        { address: '10.77.0.1/32', gateway: '169.254.1.1', interface: 1 },
        { address: 'fd77::1/128', gateway: 'fe80::ecee:eeff:feee:eeee', interface: 1 },
      ],
      routes: [
        { dst: '0.0.0.0/0', gw: '169.254.1.1' },
        { dst: '::/0', gw: 'fe80::ecee:eeff:feee:eeee' },
      ],
      dns: {},
    })
  })

  test('leaves the pod configured, with nothing tentative', async () => {
    const { sandbox } = await fixture.add()
    const ip = (...args: string[]) => sandbox.output('ip', args)
    const [eth0] = JSON.parse(await ip('-j', 'address', 'show', 'eth0'))
    const { operstate, mtu, addr_info: addresses } = eth0
    expect({ operstate, mtu }).toEqual({ operstate: 'UP', mtu: 1400 })
    expect(addresses).toMatchObject([
      { local: '10.77.0.1', prefixlen: 32 },
      { local: 'fd77::1', prefixlen: 128 },
      { scope: 'link', prefixlen: 64 },
    ])
    // The link-local one, which nothing waits for, is settled by a kernel worker a moment later.
    expect(JSON.stringify(addresses.slice(0, 2))).not.toContain('tentative')
    expect(await ip('route')).toBe('default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n')
    expect(await ip('-6', 'route', 'show', 'default')).toContain('default via fe80::ecee:eeff:feee:eeee dev eth0')
    const neighbours = await ip('neighbour')
    expect(neighbours).toMatch(/^169\.254\.1\.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee PERMANENT/m)
    expect(neighbours).toMatch(/^fe80::ecee:eeff:feee:eeee dev eth0 lladdr ee:ee:ee:ee:ee:ee .*PERMANENT/m)
    expect(await ip('link', 'show', 'lo')).toContain('LOOPBACK,UP')
    const sysctl = async (name: string) => (await sandbox.output('cat', [`/proc/sys/net/${name}`])).trim()
    expect(await sysctl('ipv4/ip_forward')).toBe('0')
    expect(await sysctl('ipv6/conf/all/forwarding')).toBe('0')
    expect(await sysctl('ipv6/conf/eth0/disable_ipv6')).toBe('0')
    const host = await fixture.harness.host.output('ip', ['-6', 'address', 'show', webInterface])
    expect(host).toMatch(/inet6 fe80::ecee:eeff:feee:eeee\/64 scope link nodad $/m)
  })

  test('gives a pod whose first packet is answered, in both families', async () => {
    const { sandbox } = await fixture.add()
    await routeToPod(webInterface)
    for (const target of ['10.99.0.1', 'fd99::1']) await sandbox.output('ping', ['-c1', '-W1', target])
    await fixture.harness.host.output('ping', ['-c1', '-W1', '-I', '10.99.0.1', '10.77.0.1'])
    await fixture.harness.host.output('ping', ['-c1', '-W1', '-I', 'fd99::1', 'fd77::1'])
  })

  test('turns IPv6 on where the runtime turned it off', async () => {
    fixture.harness.node.addPod('default/web')
    const sandbox = await fixture.harness.sandbox()
    await sandbox.output('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'])
    await fixture.harness.succeed('ADD', { containerId: 'c1', pod: 'web', namespace: sandbox.path })
    expect(await sandbox.output('ip', ['-6', 'address', 'show', 'eth0'])).toContain('fd77::1/128')
  })

  test('turns IPv6 on at the host end where the node has it off for new interfaces', async () => {
    const { host } = fixture.harness
    await host.output('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'])
    const { sandbox } = await fixture.add()
    const addresses = await host.output('ip', ['-6', 'address', 'show', webInterface])
    expect(addresses).toMatch(/inet6 fe80::ecee:eeff:feee:eeee\/64 scope link nodad $/m)
    expect(addresses.match(/inet6/g)).toHaveLength(1)
    await host.output('sysctl', ['-qw', 'net.ipv6.conf.lo.disable_ipv6=0'])
    await routeToPod(webInterface)
    await sandbox.output('ping', ['-c1', '-W1', 'fd99::1'])
  })

  test('leaves IPv6 off at the host end of a pod without it', async () => {
    const { host, node } = fixture.harness
    await host.output('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'])
    node.nodeSettings = { ...node.nodeSettings, families: [4], onRequest: [4] }
    await fixture.add()
    expect(await host.output('ip', ['-6', 'address', 'show', webInterface])).toBe('')
    expect((await host.output('cat', [`/proc/sys/net/ipv6/conf/${webInterface}/disable_ipv6`])).trim()).toBe('1')
  })

  test('honours the configuration and the annotations of the pod', async () => {
    fixture.harness.node.addPod('default/web', { annotations: { 'cni.projectcalico.org/hwAddr': '0e:00:00:00:00:07' } })
    const conf = {
      mtu: 1300,
      include_default_routes: false,
      container_settings: { allow_ip_forwarding: true },
      ipam: { assign_ipv6: 'false' },
    }
    const sandbox = await fixture.harness.sandbox()
    await sandbox.output('sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
    const result = await fixture.harness.succeed('ADD', {
      containerId: 'c1',
      pod: 'web',
      namespace: sandbox.path,
      conf,
    })
    expect(result.interfaces?.[1]).toMatchObject({ mac: '0e:00:00:00:00:07', mtu: 1300 })
    expect(result.ips).toHaveLength(1)
    expect(result.routes).toEqual([])
    expect(await sandbox.output('ip', ['route'])).toBe('169.254.1.1 dev eth0 scope link \n')
    expect((await sandbox.output('cat', ['/proc/sys/net/ipv4/ip_forward'])).trim()).toBe('1')
  })

  test('writes the addresses to the pod afterwards, again after a failure', async () => {
    fixture.harness.node.failNext.annotate = new Error('the API server is away')
    await fixture.add()
    await eventually(() =>
      expect(fixture.harness.node.annotations.get('default/web')).toEqual(['10.77.0.1', 'fd77::1']),
    )
  })

  test('refuses an interface that exists', async () => {
    const { call } = await fixture.add()
    expect(await fixture.harness.fail('ADD', call)).toMatchObject({ code: 101, details: 'DEL it first' })
    expect(fixture.harness.node.assigned.size).toBe(1)
  })

  test('replaces a stale interface of the same pod, and the DEL of the old sandbox leaves the new one alone', async () => {
    const old = await fixture.add('old')
    const young = await fixture.add('young')
    expect(await fixture.harness.hostInterfaces()).toEqual([webInterface])
    await fixture.harness.succeed('DEL', old.call)
    expect(await fixture.harness.hostInterfaces()).toEqual([webInterface])
    expect(fixture.harness.node.programmed.get(webInterface)?.containerId).toBe('young')
    expect([...fixture.harness.node.assigned.keys()]).toEqual(['k8s-pod-network.young'])
    await fixture.harness.succeed('DEL', young.call)
    await fixture.nothingIsLeft()
  })

  test.each([
    ['the addresses', 'assign' as const],
    ['the policy', 'endpoint' as const],
  ])('undoes everything when %s fail', async (_, part) => {
    fixture.harness.node.failNext[part] = new Error('broken')
    fixture.harness.node.addPod('default/web')
    const { path } = await fixture.harness.sandbox()
    const failure = await fixture.harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 199, msg: 'broken' })
    await fixture.nothingIsLeft()
  })

  test('undoes everything when the kernel refuses', async () => {
    fixture.harness.node.addPod('default/web')
    fixture.harness.node.nodeSettings = { ...fixture.harness.node.nodeSettings, mtu: 70_000 }
    const { path } = await fixture.harness.sandbox()
    const failure = await fixture.harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 102, msg: expect.stringContaining(`to ${webInterface}`) })
    await fixture.nothingIsLeft()
  })

  test('undoes everything when the caller is killed meanwhile', async () => {
    let waiting = false
    let release = () => {}
    fixture.harness.node.beforeEndpoint = () => {
      waiting = true
      return new Promise((resolve) => {
        release = resolve
      })
    }
    fixture.harness.node.addPod('default/web')
    const { path } = await fixture.harness.sandbox()
    const killed = output('timeout', ['-s', 'KILL', '0.3', fixture.pipe], {
      input: '{"cniVersion":"1.1.0","name":"k8s-pod-network"}',
      env: {
        CNI_COMMAND: 'ADD',
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: path,
        CNI_IFNAME: 'eth0',
        CNI_ARGS: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=web',
        MANX_CNI_SOCKET: fixture.harness.node.socketPath,
      },
    })
    await expect(killed).rejects.toThrow('exited 137')
    expect(waiting).toBe(true)
    release()
    await eventually(() => fixture.nothingIsLeft())
  })

  test.each([
    ['a pod that nobody knows', { pod: 'ghost' }, 11, 'pod default/ghost is not known to the API server'],
    ['a pod that was replaced', { args: 'K8S_POD_UID=older' }, 100, /^pod default\/web was replaced/],
    ['no pod', { pod: undefined }, 4, 'CNI_ARGS: K8S_POD_NAMESPACE is not set'],
    [
      'a namespace that is none',
      { namespace: '/etc/hostname' },
      3,
      'CNI_NETNS: /etc/hostname is not a network namespace',
    ],
    ['a namespace that is gone', { namespace: '/run/netns/gone' }, 3, /^CNI_NETNS: \/run\/netns\/gone is not/],
    ['a bad configuration', { conf: { mtu: -1 } }, 7, /^mtu is -1/],
    ['a version without GC', { verb: 'GC', conf: { cniVersion: '1.0.0' } }, 1, 'cniVersion: 1.0.0 has no GC'],
  ])('refuses %s', async (_, change, code, msg) => {
    fixture.harness.node.addPod('default/web')
    const { path } = await fixture.harness.sandbox()
    const { verb = 'ADD', ...options } = { verb: undefined, ...change }
    const call = { containerId: 'c1', pod: 'web', namespace: path, ...options } as Parameters<Harness['call']>[1]
    expect(await fixture.harness.fail(verb, call)).toMatchObject({
      code,
      msg: typeof msg === 'string' ? msg : expect.stringMatching(msg),
    })
    await fixture.nothingIsLeft()
  })

  test("refuses the node's own namespace", async () => {
    fixture.harness.node.addPod('default/web')
    const failure = await fixture.harness.fail('ADD', {
      containerId: 'c1',
      pod: 'web',
      namespace: fixture.harness.host.path,
    })
    expect(failure).toMatchObject({ code: 4, msg: expect.stringContaining("is the node's own network namespace") })
  })

  test('takes a static pod, whose UID is that of its file', async () => {
    fixture.harness.node.addPod('default/etcd', {
      uid: 'mirror',
      annotations: { 'kubernetes.io/config.mirror': 'file-hash' },
    })
    await fixture.add('c1', 'etcd', { args: 'K8S_POD_UID=file-hash' })
  })

  test('waits until the agent is ready', async () => {
    fixture.harness.node.state = { ready: false, limited: false, reason: 'felix is not in sync' }
    fixture.harness.node.addPod('default/web')
    const { path } = await fixture.harness.sandbox()
    const failure = await fixture.harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 11, msg: 'node not ready: felix is not in sync' })
  })
})
