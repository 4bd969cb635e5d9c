import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { interfaceName } from '@manx/api'
import { eventually, output, skipReason } from '@manx/testbed'
import { compilePipe, scriptPath } from '../support/compile-pipe.ts'
import { Harness } from '../support/harness.ts'

const reason = skipReason({ root: true, commands: ['ip', 'cc', 'ping', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip
const title = (text: string) => (reason === undefined ? text : `${text} (${reason})`)

let pipe: { folder: string; path: string }
let harness: Harness
beforeAll(async () => {
  if (reason === undefined) pipe = await compilePipe()
})
afterAll(() => {
  if (reason === undefined) rmSync(pipe.folder, { recursive: true })
})
beforeEach(async () => {
  if (reason === undefined) harness = await Harness.create([pipe.path, []])
})
afterEach(() => harness[Symbol.asyncDispose]())

const webInterface = interfaceName('default', 'web')
const add = async (containerId = 'c1', pod = 'web', options: Partial<Parameters<Harness['call']>[1]> = {}) => {
  if (!harness.node.podFacts.has(`default/${pod}`)) harness.node.addPod(`default/${pod}`)
  const sandbox = await harness.sandbox()
  const call = { containerId, pod, namespace: sandbox.path, ...options }
  return { sandbox, call, result: await harness.succeed('ADD', call) }
}
const nothingIsLeft = async () => {
  expect(await harness.hostInterfaces()).toEqual([])
  expect(harness.node.assigned).toEqual(new Map())
  expect(harness.node.programmed).toEqual(new Map())
  expect(readdirSync(harness.node.journalFolder)).toEqual([])
}
/** The host's routes are felix's; here the test stands in for it. */
const routeToPod = async (device: string) => {
  await harness.host.output('ip', ['address', 'add', '10.99.0.1/32', 'dev', 'lo'])
  await harness.host.output('ip', ['-6', 'address', 'add', 'fd99::1/128', 'dev', 'lo', 'nodad'])
  await harness.host.output('ip', ['route', 'add', '10.77.0.1/32', 'dev', device])
  await harness.host.output('ip', ['-6', 'route', 'add', 'fd77::1/128', 'dev', device])
}

suite(title('ADD'), () => {
  test('answers with both interfaces, the addresses and the routes', async () => {
    const { sandbox, result } = await add()
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
    const { sandbox } = await add()
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
    const host = await harness.host.output('ip', ['-6', 'address', 'show', webInterface])
    expect(host).toContain('inet6 fe80::ecee:eeff:feee:eeee/64 scope link')
    expect(host).not.toContain('tentative')
  })

  test('gives a pod whose first packet is answered, in both families', async () => {
    const { sandbox } = await add()
    await routeToPod(webInterface)
    for (const target of ['10.99.0.1', 'fd99::1']) await sandbox.output('ping', ['-c1', '-W1', target])
    await harness.host.output('ping', ['-c1', '-W1', '-I', '10.99.0.1', '10.77.0.1'])
    await harness.host.output('ping', ['-c1', '-W1', '-I', 'fd99::1', 'fd77::1'])
  })

  test('turns IPv6 on where the runtime turned it off', async () => {
    harness.node.addPod('default/web')
    const sandbox = await harness.sandbox()
    await sandbox.output('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'])
    await harness.succeed('ADD', { containerId: 'c1', pod: 'web', namespace: sandbox.path })
    expect(await sandbox.output('ip', ['-6', 'address', 'show', 'eth0'])).toContain('fd77::1/128')
  })

  test('honours the configuration and the annotations of the pod', async () => {
    harness.node.addPod('default/web', { annotations: { 'cni.projectcalico.org/hwAddr': '0e:00:00:00:00:07' } })
    const conf = {
      mtu: 1300,
      include_default_routes: false,
      container_settings: { allow_ip_forwarding: true },
      ipam: { assign_ipv6: 'false' },
    }
    const sandbox = await harness.sandbox()
    await sandbox.output('sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
    const result = await harness.succeed('ADD', { containerId: 'c1', pod: 'web', namespace: sandbox.path, conf })
    expect(result.interfaces?.[1]).toMatchObject({ mac: '0e:00:00:00:00:07', mtu: 1300 })
    expect(result.ips).toHaveLength(1)
    expect(result.routes).toEqual([])
    expect(await sandbox.output('ip', ['route'])).toBe('169.254.1.1 dev eth0 scope link \n')
    expect((await sandbox.output('cat', ['/proc/sys/net/ipv4/ip_forward'])).trim()).toBe('1')
  })

  test('writes the addresses to the pod afterwards, again after a failure', async () => {
    harness.node.failNext.annotate = new Error('the API server is away')
    await add()
    await eventually(() => expect(harness.node.annotations.get('default/web')).toEqual(['10.77.0.1', 'fd77::1']))
  })

  test('refuses an interface that exists', async () => {
    const { call } = await add()
    expect(await harness.fail('ADD', call)).toMatchObject({ code: 101, details: 'DEL it first' })
    expect(harness.node.assigned.size).toBe(1)
  })

  test('replaces a stale interface of the same pod, and the DEL of the old sandbox leaves the new one alone', async () => {
    const old = await add('old')
    const young = await add('young')
    expect(await harness.hostInterfaces()).toEqual([webInterface])
    await harness.succeed('DEL', old.call)
    expect(await harness.hostInterfaces()).toEqual([webInterface])
    expect(harness.node.programmed.get(webInterface)?.containerId).toBe('young')
    expect([...harness.node.assigned.keys()]).toEqual(['k8s-pod-network.young'])
    await harness.succeed('DEL', young.call)
    await nothingIsLeft()
  })

  test.each([
    ['the addresses', 'assign' as const],
    ['the policy', 'endpoint' as const],
  ])('undoes everything when %s fail', async (_, part) => {
    harness.node.failNext[part] = new Error('broken')
    harness.node.addPod('default/web')
    const { path } = await harness.sandbox()
    const failure = await harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 199, msg: 'broken' })
    await nothingIsLeft()
  })

  test('undoes everything when the kernel refuses', async () => {
    harness.node.addPod('default/web')
    harness.node.nodeSettings = { ...harness.node.nodeSettings, mtu: 70_000 }
    const { path } = await harness.sandbox()
    const failure = await harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 102, msg: expect.stringContaining(`to ${webInterface}`) })
    await nothingIsLeft()
  })

  test('undoes everything when the caller is killed meanwhile', async () => {
    let waiting = false
    let release = () => {}
    harness.node.beforeEndpoint = () => {
      waiting = true
      return new Promise((resolve) => {
        release = resolve
      })
    }
    harness.node.addPod('default/web')
    const { path } = await harness.sandbox()
    const killed = output('timeout', ['-s', 'KILL', '0.3', pipe.path], {
      input: '{"cniVersion":"1.1.0","name":"k8s-pod-network"}',
      env: {
        CNI_COMMAND: 'ADD',
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: path,
        CNI_IFNAME: 'eth0',
        CNI_ARGS: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=web',
        MANX_CNI_SOCKET: harness.node.socketPath,
      },
    })
    await expect(killed).rejects.toThrow('exited 137')
    expect(waiting).toBe(true)
    release()
    await eventually(nothingIsLeft)
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
    harness.node.addPod('default/web')
    const { path } = await harness.sandbox()
    const { verb = 'ADD', ...options } = { verb: undefined, ...change }
    const call = { containerId: 'c1', pod: 'web', namespace: path, ...options } as Parameters<Harness['call']>[1]
    expect(await harness.fail(verb, call)).toMatchObject({
      code,
      msg: typeof msg === 'string' ? msg : expect.stringMatching(msg),
    })
    await nothingIsLeft()
  })

  test("refuses the node's own namespace", async () => {
    harness.node.addPod('default/web')
    const failure = await harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: harness.host.path })
    expect(failure).toMatchObject({ code: 4, msg: expect.stringContaining("is the node's own network namespace") })
  })

  test('takes a static pod, whose UID is that of its file', async () => {
    harness.node.addPod('default/etcd', { uid: 'mirror', annotations: { 'kubernetes.io/config.mirror': 'file-hash' } })
    await add('c1', 'etcd', { args: 'K8S_POD_UID=file-hash' })
  })

  test('waits until the agent is ready', async () => {
    harness.node.state = { ready: false, limited: false, reason: 'felix is not in sync' }
    harness.node.addPod('default/web')
    const { path } = await harness.sandbox()
    const failure = await harness.fail('ADD', { containerId: 'c1', pod: 'web', namespace: path })
    expect(failure).toMatchObject({ code: 11, msg: 'node not ready: felix is not in sync' })
  })
})

suite(title('DEL'), () => {
  test('removes everything, and succeeds again', async () => {
    const { sandbox, call } = await add()
    expect((await harness.call('DEL', call)).stdout).toBe('')
    await nothingIsLeft()
    expect(JSON.parse(await sandbox.output('ip', ['-j', 'link']))).toHaveLength(1)
    await eventually(() => expect(harness.node.annotations.get('default/web')).toEqual([]))
    await harness.succeed('DEL', call)
  })

  test('needs no namespace, neither its path nor the thing itself', async () => {
    const first = await add('c1', 'web')
    await harness.succeed('DEL', { containerId: 'c1', pod: 'web' })
    await nothingIsLeft()
    const second = await add('c2', 'web')
    await second.sandbox.remove()
    await harness.succeed('DEL', second.call)
    await nothingIsLeft()
    expect(first.sandbox.name).not.toBe(second.sandbox.name)
  })

  test('releases the addresses of a sandbox from before a reboot', async () => {
    harness.node.assigned.set('k8s-pod-network.c1', ['10.77.0.9'])
    await harness.succeed('DEL', { containerId: 'c1', pod: 'web' })
    await nothingIsLeft()
  })

  test('keeps what it needs for another try when a step fails', async () => {
    const { call } = await add()
    harness.node.failNext.release = new Error('the API server is away')
    expect(await harness.fail('DEL', call)).toMatchObject({ code: 199, msg: 'the API server is away' })
    await harness.succeed('DEL', call)
    await nothingIsLeft()
  })

  test('removes the entry of a container whose journal file is broken', async () => {
    const { call } = await add()
    writeFileSync(join(harness.node.journalFolder, 'c1@eth0.json'), '{')
    await harness.stop()
    await harness.start()
    await harness.succeed('DEL', call)
    await nothingIsLeft()
  })
})

suite(title('CHECK'), () => {
  test('finds all in order after an ADD, in any version', async () => {
    const { call } = await add()
    for (const cniVersion of ['0.4.0', '1.0.0', '1.1.0']) {
      const other = { ...call, conf: { cniVersion } }
      await harness.succeed('DEL', other)
      const prevResult = await harness.succeed('ADD', other)
      await harness.succeed('CHECK', { ...other, conf: { cniVersion, prevResult } })
    }
  })

  test('names all that differs', async () => {
    const { sandbox, call, result } = await add()
    const again = { ...call, conf: { prevResult: result } }
    await sandbox.output('ip', ['address', 'del', '10.77.0.1/32', 'dev', 'eth0'])
    await sandbox.output('ip', ['link', 'set', 'eth0', 'mtu', '1300'])
    await sandbox.output('ip', ['-6', 'route', 'del', 'default'])
    harness.node.programmed.clear()
    const { code, msg } = await harness.fail('CHECK', again)
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
    const { sandbox, call, result } = await add()
    const conf = { prevResult: result }
    expect(await harness.fail('CHECK', { ...call, containerId: 'other', conf })).toMatchObject({ code: 3 })
    expect(await harness.fail('CHECK', call)).toMatchObject({ code: 7, msg: expect.stringContaining('prevResult') })
    await sandbox.output('ip', ['link', 'del', 'eth0'])
    const { msg } = await harness.fail('CHECK', { ...call, conf })
    expect(msg).toContain('eth0 does not exist in the container')
    expect(msg).toContain(`${webInterface} does not exist on the node`)
  })
})

suite(title('GC and STATUS'), () => {
  test('GC removes what the runtime does not list, and only that', async () => {
    const kept = await add('kept', 'a')
    await add('lost', 'b')
    const gone = await add('gone', 'c')
    await gone.sandbox.remove()
    const valid = [{ containerID: 'kept', ifname: 'eth0' }]
    await harness.succeed('GC', { containerId: '', conf: { 'cni.dev/valid-attachments': valid } })
    expect([...harness.node.assigned.keys()]).toEqual(['k8s-pod-network.kept'])
    expect(await harness.hostInterfaces()).toEqual([interfaceName('default', 'a')])
    await harness.succeed('CHECK', { ...kept.call, conf: { prevResult: kept.result } })
  })

  test('GC leaves other networks alone and refuses a list that is not there', async () => {
    await add('other', 'a', { conf: { name: 'other-network' } })
    await harness.succeed('GC', { containerId: '', conf: { 'cni.dev/valid-attachments': [] } })
    expect(harness.node.assigned.size).toBe(1)
    expect(await harness.fail('GC', { containerId: '' })).toMatchObject({ code: 7 })
  })

  test('GC goes on after a failure and reports it', async () => {
    await add('one', 'a')
    await add('two', 'b')
    harness.node.failNext.release = new Error('broken')
    const gc = { containerId: '', conf: { 'cni.dev/valid-attachments': [] } }
    const failure = await harness.fail('GC', gc)
    expect(failure).toMatchObject({ code: 11, details: 'one/eth0: broken' })
    expect(harness.node.assigned.size).toBe(1)
    await harness.succeed('GC', gc)
    await nothingIsLeft()
  })

  test('STATUS says whether ADD can be served', async () => {
    await harness.succeed('STATUS', { containerId: '' })
    harness.node.state = { ready: false, limited: false, reason: 'no addresses left' }
    expect(await harness.fail('STATUS', { containerId: '' })).toMatchObject({ code: 50, msg: 'no addresses left' })
    harness.node.state = { ready: false, limited: true, reason: 'BGP is down' }
    expect(await harness.fail('STATUS', { containerId: '' })).toMatchObject({ code: 51 })
  })
})

suite(title('a restart'), () => {
  test('knows what is attached', async () => {
    const { call } = await add()
    await harness.stop()
    expect(await harness.fail('DEL', call)).toMatchObject({ code: 11 })
    await harness.start()
    expect(harness.handlers.attachments()).toMatchObject([{ pod: 'web', addresses: ['10.77.0.1', 'fd77::1'] }])
    await harness.succeed('DEL', call)
    await nothingIsLeft()
  })
})

suite(title('many pods'), () => {
  test('100 ADD and DEL, 10 at once, leave nothing', async () => {
    const sandboxes = await Promise.all(Array.from({ length: 10 }, () => harness.sandbox()))
    await Promise.all(
      sandboxes.map(async ({ path }, index) => {
        for (let round = 0; round < 10; round++) {
          const pod = `pod-${index}-${round % 3}`
          harness.node.addPod(`default/${pod}`)
          const call = { containerId: `c-${index}-${round}`, pod, namespace: path }
          await harness.succeed('ADD', call)
          await harness.succeed('DEL', call)
        }
      }),
    )
    await nothingIsLeft()
    expect(harness.node.requests).toHaveLength(100)
  })
})

suite(title('the script'), () => {
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
