import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RunResult, run, skipReason } from '@manx/testbed'
import { ensureComponents } from '../src/components/index.ts'
import { neededCommands } from '../src/host/prerequisites.ts'
import { findLab, isGone } from '../src/host/remove-lab.ts'
import type { LabStatus } from '../src/lab-status.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const name = `e2e-${randomBytes(3).toString('hex')}`
const minutes = (count: number) => count * 60_000
const lab = (command: string, ...args: readonly string[]): Promise<RunResult> =>
  run(process.execPath, [main, command, '--name', name, ...args])

/** Fails with all that was printed. */
async function succeeds(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab(command, ...args)
  if (code !== 0) throw new Error(`lab ${command} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
  return stdout
}

/** Folders that Kubernetes programs make where they are not kept from it. */
const hostFolders = [
  ...['/etc/cni', '/opt/cni', '/etc/kubernetes', '/var/lib/kubelet', '/var/lib/containerd', '/run/containerd'],
  ...['/var/lib/manx', '/run/manx', '/var/lib/etcd', '/var/log/pods', '/etc/frr/spine', '/run/frr/spine'],
]
const presentFolders = () => hostFolders.filter((path) => existsSync(path))

/** The upstream tests that a network for Kubernetes is measured by first. */
const conformance = [
  'Networking Granular Checks: Pods should function for (intra-pod|node-pod) communication: (http|udp) .*Conformance',
  'Services should serve a basic endpoint from pods',
  'DNS should provide DNS for services  ?\\[Conformance',
].join('|')

const reason = skipReason({ root: true, commands: neededCommands })

;(reason === undefined ? describe : describe.skip)(`a lab${reason === undefined ? '' : ` (${reason})`}`, () => {
  let before: readonly string[] = []
  let report = ''

  beforeAll(async () => {
    before = presentFolders()
    report = await succeeds('up')
  }, minutes(25))

  afterAll(async () => {
    await lab('down')
  }, minutes(2))

  test('comes up with a network that holds in every respect', () => {
    expect(report).toContain('All of it holds.')
    expect(report).not.toContain('FAIL')
  })

  test('says so when it is made twice', async () => {
    const { code, stderr } = await lab('up')
    expect(stderr).toContain(`lab '${name}' is there already (ready)`)
    expect(code).toBe(4)
  })

  test('has a status for programs', async () => {
    const status = JSON.parse(await succeeds('status', '-o', 'json')) as LabStatus
    expect(status.phase).toBe('ready')
    const nodes = status.hosts.filter(({ role }) => role === 'node')
    expect(nodes.map(({ ready }) => ready)).toEqual([true, true, true])
    for (const { daemons } of nodes) {
      expect(daemons).toEqual(expect.arrayContaining(['containerd', 'kube-proxy', 'kubelet']))
    }
  })

  test("has a kubeconfig that works from the machine's own namespace", async () => {
    const path = (await succeeds('kubeconfig')).trim()
    const { kubectl } = await ensureComponents({ names: ['kubectl'] })
    const { stdout } = await run(kubectl, ['get', 'nodes', '-o', 'name'], { env: { KUBECONFIG: path } })
    expect(stdout).toBe('node/node1\nnode/node2\nnode/node3\n')
  })

  test('lets one look into its hosts, with their exit codes', async () => {
    expect(await succeeds('exec', 'node2', '--', 'hostname')).toBe('node2\n')
    expect((await lab('exec', 'tor2', '--', 'sh', '-c', 'exit 7')).code).toBe(7)
    expect(await succeeds('kubectl', 'get', 'namespace', 'manx-system', '-o', 'name')).toBe('namespace/manx-system\n')
  })

  test(
    "passes Kubernetes' own network tests",
    async () => {
      const output = await succeeds('e2e', '--focus', conformance)
      expect(output).toContain('6 passed, 0 failed')
    },
    minutes(15),
  )

  test(
    "passes Kubernetes' own tests of NetworkPolicy",
    async () => {
      const output = await succeeds('e2e', '--focus', 'Netpol')
      expect(output).toMatch(/^(4[5-9]|5\d) passed, 0 failed/m)
    },
    minutes(20),
  )

  test.each([
    ['a ToR that was killed', ['kill', 'tor1'], ['heal', 'tor1']],
    ["a node's cable that was cut", ['link', 'down', 'node3'], ['link', 'up', 'node3']],
  ] as const)(
    'recovers by itself from %s',
    async (_, [fault, ...faultArgs], [mend, ...mendArgs]) => {
      await succeeds(fault, ...faultArgs)
      // Long enough for the routers to have given up on each other.
      const view = async () => (await succeeds('exec', 'spine', '--', 'ip', 'route')).match(/10\.244\..*/g) ?? []
      for (let tries = 0; tries < 60 && (await view()).length > 2; tries += 1) await view()
      expect((await view()).length).toBeLessThan(3)
      await succeeds(mend, ...mendArgs)
      expect(await succeeds('check')).toContain('All of it holds.')
    },
    minutes(5),
  )

  test(
    'leaves nothing behind',
    async () => {
      await succeeds('down')
      const remains = await findLab(name)
      if (!isGone(remains)) expect(remains).toEqual({})
      expect(presentFolders()).toEqual(before)
    },
    minutes(2),
  )
})
