import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Namespace, output, run, skipReason } from '@manx/testbed'
import { compilePipe } from '../support/compile-pipe.ts'
import { Harness } from '../support/harness.ts'

const portmap = '/usr/lib/cni/portmap'
const reason = skipReason({ root: true, commands: ['ip', 'cc', 'nsenter', 'curl', 'iptables', portmap] })
const suite = reason === undefined ? describe : describe.skip

suite(`chained with portmap${reason === undefined ? '' : ` (${reason})`}`, () => {
  let pipe: { folder: string; path: string }
  beforeAll(async () => {
    pipe = await compilePipe()
  })
  afterAll(() => rmSync(pipe.folder, { recursive: true }))

  /** As a runtime does it: the second plugin gets the first one's result. */
  const callPortmap = async (harness: Harness, verb: string, sandbox: Namespace, prevResult: unknown) => {
    const result = await run(portmap, [], {
      namespace: harness.host.path,
      input: JSON.stringify({
        cniVersion: '1.0.0',
        name: 'k8s-pod-network',
        type: 'portmap',
        snat: true,
        runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] },
        prevResult,
      }),
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: sandbox.path,
        CNI_IFNAME: 'eth0',
        CNI_PATH: '/usr/lib/cni',
      },
    })
    expect(result).toMatchObject({ code: 0 })
    return result.stdout
  }

  test('a host port leads to the pod, and portmap keeps our result', async () => {
    await using harness = await Harness.create([pipe.path, []])
    const { host, node } = harness
    node.addPod('default/web')
    const sandbox = await harness.sandbox()
    const conf = { cniVersion: '1.0.0' }
    const call = { containerId: 'c1', pod: 'web', namespace: sandbox.path, conf }
    const prevResult = await harness.succeed('ADD', call)
    // The host's routes and address are felix's and the node's.
    const hostInterface = String(prevResult.interfaces?.[0]?.name)
    await host.output('ip', ['address', 'add', '10.99.0.1/32', 'dev', 'lo'])
    await host.output('ip', ['route', 'add', '10.77.0.1/32', 'dev', hostInterface])
    await host.output('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.route_localnet=1'])

    const chained = JSON.parse(await callPortmap(harness, 'ADD', sandbox, prevResult))
    expect(chained).toEqual(prevResult)
    const server = `require('node:http').createServer((_, answer) => answer.end('hello')).listen(80)`
    await sandbox.start(process.execPath, ['-e', server], {
      ready: async () => (await run('curl', ['-s', 'http://10.77.0.1'], { namespace: host.path })).code === 0,
    })
    expect(await output('curl', ['-s', '-m', '5', 'http://10.99.0.1:8080'], { namespace: host.path })).toBe('hello')

    await harness.succeed('CHECK', { ...call, conf: { ...conf, prevResult: chained } })
    await callPortmap(harness, 'DEL', sandbox, prevResult)
    await harness.succeed('DEL', call)
    expect(await harness.hostInterfaces()).toEqual([])
  })
})
