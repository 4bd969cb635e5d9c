import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  ClusterInformation,
  IPPool,
  type KubernetesClient,
  nodeAnnotations,
  nodes,
  resourceOf,
  silentLogger,
} from '@manx/api'
import { createIpam, poolFinalizer } from '@manx/ipam'
import type { NodeStatus } from '@manx/process'
import { parse } from 'yaml'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import { bundleManxctl, type Manxctl, withCluster } from './bundled-manxctl.ts'

const reason = apiServerSkipReason()
const head = (kind: string, name: string) =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}}\n`

describe('the bundled manxctl', () => {
  let work: string
  let manxctl: Manxctl
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'manxctl-'))
    manxctl = await bundleManxctl(work)
  }, 60_000)
  afterAll(() => rm(work, { recursive: true, force: true }))

  test('says its version without a cluster', async () => {
    expect(await manxctl(['version', '--client'])).toMatchObject({ code: 0, stdout: 'Client Version:    0.1.0\n' })
  })

  test.each([
    ['get'],
    ['create'],
    ['apply'],
    ['replace'],
    ['delete'],
    ['patch'],
    ['label'],
    ['validate'],
    ['convert'],
    ['ipam', 'show'],
    ['node', 'status'],
    ['version'],
    ['ipam'],
    ['node'],
  ])('%s %s --help has an example', async (...command) => {
    const { code, stdout } = await manxctl([...command, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples?:\n {2}.*manxctl /)
  })

  test.each<[string, readonly string[], Record<string, string>, string]>([
    ['an unknown command', ['got'], {}, "unknown command 'got'"],
    ['an unknown kind', ['get', 'pools,pod'], {}, 'unknown kind "pod"; there are: bgpconfiguration, '],
    ['an unknown flag', ['get', 'pools', '--color'], {}, "unknown option '--color'"],
    ['another datastore', ['get', 'pools'], { DATASTORE_TYPE: 'etcdv3' }, 'DATASTORE_TYPE must be kubernetes'],
    ['a file that names no cluster', ['get', 'pools', '--config=/nonexistent/c'], {}, 'cannot read /nonexistent/c'],
    ['such a file before the command', ['-c', '/nonexistent/c', 'get', 'pools'], {}, 'cannot read /nonexistent/c'],
    ['no kind and no file', ['delete'], {}, 'say what to delete: -f FILE'],
    ['a name in all namespaces', ['get', 'np', 'a', '-A'], {}, 'cannot be retrieved by name across all namespaces'],
    ['no value for a label', ['label', 'node', 'n1', 'k'], {}, '"k" must be KEY=VALUE'],
    [
      'a value of a label with =',
      ['label', 'node', 'n1', 'k=a=b'],
      {},
      'the value of k: "a=b" must be at most 63 letters',
    ],
    ['a value for a label to remove', ['label', 'node', 'n1', 'k=', '--remove'], {}, '"k=" must be the key of a label'],
  ])('with %s ends with 2 and says why', async (_, args, env, message) => {
    const { code, stderr } = await manxctl(args, { env: { KUBECONFIG: '/nonexistent', ...env } })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('node status prints what the agent says, per family', async () => {
    const status: NodeStatus = {
      node: 'n1',
      version: '0.1.0',
      startedAt: '2026-01-01T00:00:00Z',
      ready: false,
      reasons: ['felix nftables: EPERM'],
      components: [{ name: 'felix nftables', live: true, ready: false, reason: 'EPERM' }],
      addresses: { v4: '172.18.0.2/16' },
      datastore: { server: 'https://k', synced: true },
      bgp: {
        speaker: { connected: true },
        plan: 'current',
        announced: [],
        routes: { learned: 0, installed: 0, retaining: false },
        findings: [],
      },
      policy: { policies: 12, activePolicies: 4, activeSelectors: 3, sets: 2, setMembers: 9, chains: 5 },
      endpoints: [
        {
          namespace: 'shop',
          pod: 'web',
          interfaceName: 'cali1',
          addresses: ['10.0.0.1'],
          state: 'up',
          policies: ['a', 'b', 'c', 'd'].map((name) => `KubernetesNetworkPolicy/shop/${name}`),
        },
      ],
      felix: { endpoints: 1, statistics: {} },
      cni: { attachments: 1, conflist: '/etc/cni/net.d/10-manx.conflist' },
      findings: ['IPPool a: spec.cidr must be a CIDR'],
      errors: [{ time: '2026-01-01T00:00:09Z', message: 'it failed' }],
      bgpRunning: true,
      peers: [
        {
          address: '172.18.0.1',
          family: 4,
          type: 'global',
          state: 'up',
          since: '2026-01-01T00:00:05Z',
          info: 'Established',
        },
      ],
    }
    const socket = join(work, 'status.sock')
    const agent = createServer((_, response) => response.end(JSON.stringify(status)))
    await new Promise<void>((resolve) => agent.listen(socket, resolve))
    try {
      const { code, stdout } = await manxctl(['node', 'status', '--socket', socket])
      expect(code).toBe(0)
      expect(stdout).toContain('Manx is running on n1')
      expect(stdout).toContain('| 172.18.0.1   | global    | up    | 2026-01-01T00:00:05Z | Established |')
      expect(stdout).toContain('IPv6 BGP status\nNo IPv6 peers found.')
      expect(stdout).toContain('The node is not ready: felix nftables: EPERM')
      expect(stdout).toMatch(/\| policies that apply here +\| 4 +\|/)
      expect(stdout).toContain('| shop/web | cali1     | 10.0.0.1  | up    | shop/a shop/b shop/c and 1 more |')
      expect(stdout).toContain('To be mended\n- IPPool a: spec.cidr must be a CIDR')
      expect(stdout).toContain('Last errors\n- 2026-01-01T00:00:09Z it failed')
      const as = async (format: string) => (await manxctl(['node', 'status', '--socket', socket, '-o', format])).stdout
      expect(JSON.parse(await as('json'))).toEqual(status)
      expect(parse(await as('yaml'))).toEqual(status)
    } finally {
      agent.close()
    }
  })

  ;(reason === undefined ? describe : describe.skip)(
    `on a real API server${reason === undefined ? '' : ` (${reason})`}`,
    () => {
      let server: ApiServer
      let client: KubernetesClient
      let on: ReturnType<typeof withCluster>['on']
      let ok: ReturnType<typeof withCluster>['ok']
      beforeAll(async () => {
        server = await startApiServer()
        client = await server.client()
        ;({ on, ok } = withCluster(manxctl, server.kubeconfig))
        await installKinds(client)
        const annotations = { [nodeAnnotations.ipv4Address]: '172.18.0.2/24', [nodeAnnotations.asNumber]: '65001' }
        await client.create(nodes, { metadata: { name: 'n1', annotations } })
        await client.create(nodes, { metadata: { name: 'n2' } })
      }, 90_000)
      afterAll(async () => {
        await client.close()
        await server.stop()
      })

      test('create, get, apply, replace and delete', async () => {
        const pool = (cidr: string, nat: boolean) =>
          `${head('IPPool', 'main')}spec: {cidr: ${cidr}, natOutgoing: ${nat}}\n`
        expect(await ok(['create', '-f', '-'], pool('10.1.0.0/16', false))).toBe(
          "Successfully created 1 'IPPool' resource(s)\n",
        )
        const again = await on(['create', '-f', '-'], pool('10.1.0.0/16', false))
        expect(again.code).toBe(1)
        expect(again.stderr).toMatch(
          /Failed to create any 'IPPool' resource\nstandard input, document 1: failed to create IPPool main: .*exists/,
        )
        expect((await on(['create', '--skip-exists', '-f', '-'], pool('10.1.0.0/16', false))).code).toBe(0)
        expect(await ok(['apply', '-f', '-'], pool('10.1.0.0/16', true))).toBe(
          "Successfully applied 1 'IPPool' resource(s)\n",
        )
        expect(await ok(['get', 'pool'])).toBe('NAME   CIDR          SELECTOR\nmain   10.1.0.0/16   all()\n')
        expect(await ok(['get', 'IPPools', 'main', '-o', 'wide'])).toMatch(
          /^NAME +CIDR +NAT +IPIPMODE +VXLANMODE +DISABLED +DISABLEBGPEXPORT +SELECTOR +ASSIGNMENTMODE\nmain +10\.1\.0\.0\/16 +true +Never +Never +false +false +all\(\) +Automatic\n$/,
        )
        const exported: unknown = parse(await ok(['get', 'ipp', 'main', '-o', 'yaml', '--export']))
        expect(exported).toEqual({
          apiVersion: 'projectcalico.org/v3',
          kind: 'IPPool',
          metadata: { name: 'main' },
          spec: { cidr: '10.1.0.0/16', natOutgoing: true, nodeSelector: 'all()', assignmentMode: 'Automatic' },
        })
        expect(JSON.parse(await ok(['get', 'ipp', '-o', 'json']))).toMatchObject({
          kind: 'IPPoolList',
          items: [{ metadata: { name: 'main' } }],
        })
        expect(await ok(['get', 'ipp', '-o', 'name'])).toBe('IPPool/main\n')
        expect(await ok(['get', 'ipp', '-o', 'custom-columns=NAME,LENGTH:.spec.blockSize'])).toBe(
          'NAME   LENGTH\nmain   <none>\n',
        )
        const versioned = pool('10.1.0.0/16', false).replace('{name: main}', '{name: main, resourceVersion: "1"}')
        expect((await on(['replace', '-f', '-'], versioned)).stderr).toMatch(/failed to replace IPPool main/)
        expect(await ok(['replace', '-f', '-'], pool('10.1.0.0/16', false))).toContain('Successfully replaced 1')
        expect(await ok(['delete', 'ippool', 'main'])).toBe("Successfully deleted 1 'IPPool' resource(s)\n")
        const gone = await on(['delete', 'ippool', 'main'])
        expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('failed to delete IPPool main')])
        expect((await on(['delete', '-s', 'ippool', 'main'])).code).toBe(0)
        const absent = await on(['get', 'ippool', 'main'])
        expect([absent.code, absent.stdout]).toEqual([1, ''])
      }, 60_000)

      test('a pool is deleted by the file that get wrote, and left as it is by an old one', async () => {
        const name = 'by-file'
        const pool = () => client.get(resourceOf(IPPool), name)
        await ok(['apply', '-f', '-'], `${head('IPPool', name)}spec: {cidr: 10.7.0.0/16}\n`)
        const old = await ok(['get', 'ippool', name, '-o', 'yaml'])
        await ok(['patch', 'ippool', name, '-p', '{"spec": {"natOutgoing": true}}'])
        const refused = await on(['delete', '-f', '-'], old)
        expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('it has changed since version')])
        expect((await pool()).spec.disabled).toBeUndefined()
        await ok(['delete', '-f', '-'], await ok(['get', 'ippool', name, '-o', 'yaml']))
        expect((await on(['get', 'ippool', name])).code).toBe(1)
      }, 60_000)

      test('a pool that a controller keeps is closed by its deletion alone', async () => {
        const name = 'kept'
        const metadata = { name, finalizers: [poolFinalizer] }
        await client.create(resourceOf(IPPool), { metadata, spec: { cidr: '10.8.0.0/16' } })
        await ok(['delete', '-f', '-'], await ok(['get', 'ippool', name, '-o', 'yaml']))
        const pool = await client.get(resourceOf(IPPool), name)
        expect([pool.metadata.deletionTimestamp, pool.spec.disabled]).toEqual([expect.any(String), undefined])
        await client.patch(resourceOf(IPPool), name, { metadata: { finalizers: null } })
      }, 60_000)

      test('a file with faults is refused as a whole, with all faults', async () => {
        const file = join(work, 'faulty.yaml')
        const good = `${head('IPPool', 'good')}spec: {cidr: 10.2.0.0/16}\n`
        const bad = `${head('BGPPeer', 'bad')}spec: {peerIP: 10.0.0.300, asNumber: 0.5}\n`
        await writeFile(file, `${good}---\n${bad}`)
        const { code, stderr } = await on(['apply', '-f', file])
        expect(code).toBe(1)
        expect(stderr).toContain(`${file}:9:16: error: spec.peerIP must `)
        expect(stderr).toContain(', not "10.0.0.300"\n   | BGPPeer bad (document 2)\n 9 | spec: {peerIP: 10.0.0.300, ')
        expect(stderr).toContain(`${file}:9:38: error: spec.asNumber must `)
        expect((await client.list(resourceOf(IPPool))).items).toEqual([])
      })

      test('one that fails does not stop the others', async () => {
        const input = ['a 10.3.0.0/16', 'b 10.3.128.0/17', 'c 10.4.0.0/16']
          .map((line) => `${head('IPPool', line.split(' ')[0] ?? '')}spec: {cidr: ${line.split(' ')[1]}}\n`)
          .join('---\n')
        const { code, stderr } = await on(['apply', '-f', '-'], input)
        expect(code).toBe(1)
        expect(stderr).toContain("Partial success: applied 2 out of 3 'IPPool' resources\n")
        expect(stderr).toContain(
          'failed to apply IPPool b: spec.cidr: 10.3.128.0/17 overlaps 10.3.0.0/16 of the pool a',
        )
        await ok(['delete', 'ippool', 'a', 'c'])
      })

      test('shows nodes as Calico does, with the AS number that they inherit in parentheses', async () => {
        expect(await ok(['get', 'nodes', '-o', 'wide'])).toBe(
          'NAME   ASN       IPV4            IPV6\nn1     65001     172.18.0.2/24\nn2     (64512)\n',
        )
        expect(parse(await ok(['get', 'node', 'n1', '-o', 'yaml']))).toMatchObject({
          kind: 'Node',
          spec: { bgp: { asNumber: 65001, ipv4Address: '172.18.0.2/24' } },
        })
        const { code, stderr } = await on(['apply', '-f', '-'], `${head('Node', 'n1')}spec: {}\n`)
        expect([code, stderr]).toEqual([1, expect.stringContaining('kubectl annotate node')])
      })

      test('shows who uses which addresses', async () => {
        await ok(
          ['apply', '-f', '-'],
          `${head('IPPool', 'v4')}spec: {cidr: 10.5.0.0/29, blockSize: 30}\n---\n${head('IPPool', 'v6')}spec: {cidr: "fd00::/64"}\n`,
        )
        const attributes = (node: string) => ({ namespace: 'shop', pod: 'web', node })
        const first = createIpam({ client, node: 'n1', logger: silentLogger })
        await first.assign({ handle: 'one', attributes: attributes('n1'), families: { v4: true, v6: true } })
        await first.assign({
          handle: 'two',
          attributes: attributes('n2'),
          families: { v4: true, v6: false },
          addresses: ['10.5.0.3'],
        })
        const show = await ok(['ipam', 'show', '--show-blocks'])
        expect(show).toContain('| GROUPING | CIDR ')
        expect(show).toMatch(/\| IP Pool +\| 10\.5\.0\.0\/29 +\| 8 +\| 2 \(25%\) +\| 0 +\| 6 \(75%\) +\|/)
        expect(show).toMatch(/\| IP Pool +\| fd00::\/64 +\| 1\.8447e\+19 +\| 1 \(0%\)/)
        expect(show).toMatch(/\| Block +\| 10\.5\.0\.\d\/30 +\| 4 /)
        expect(await ok(['ipam', 'show', '--ip', '10.5.0.3'])).toMatch(
          /^10\.5\.0\.3 is in use\n {2}handle: two\n {2}namespace: shop\n/,
        )
        expect(await ok(['ipam', 'show', '--ip', '10.9.0.3'])).toBe('10.9.0.3 is not assigned\n')
        expect(await ok(['ipam', 'show', '--show-borrowed'])).toMatch(
          /\| 10\.5\.0\.3 \| n2 +\| 10\.5\.0\.0\/30 \| n1 +\| pod +\| shop\/web/,
        )
        expect(await ok(['ipam', 'show', '--show-configuration'])).toMatch(/\| StrictAffinity +\| false/)
        const { code, stderr } = await on(['delete', 'ippool', 'v4'])
        expect([code, stderr]).toEqual([
          0,
          'Pool v4: 2 of its addresses are in use, and stay so until their pods end\n',
        ])
      })

      test('shows the versions, and the node status that the API has', async () => {
        await client.create(resourceOf(ClusterInformation), {
          metadata: { name: 'default' },
          spec: { calicoVersion: 'v9', clusterType: 'k8s,bgp', clusterGUID: 'abc' },
        })
        expect(await ok(['version'])).toMatch(
          /^Client Version: +0\.1\.0\nCluster Version: +v9\nCluster Type: +k8s,bgp\n/,
        )
        const { code, stdout, stderr } = await on(['node', 'status', '--socket', join(work, 'none.sock')])
        expect([code, stderr]).toEqual([0, expect.stringContaining('No agent answers')])
        expect(stdout).toContain('172.18.0.2/24')
      })

      test('takes the cluster from the file that --config names', async () => {
        const file = join(work, 'calicoctl.cfg')
        const head = 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\n'
        const asked = (context: string) => {
          const spec = { kubeconfig: server.kubeconfig, k8sCurrentContext: context, k8sClientQPS: 5 }
          return writeFile(file, `${head}spec: ${JSON.stringify(spec)}\n`).then(() =>
            manxctl(['get', 'nodes', `--config=${file}`], { env: { KUBECONFIG: '/nonexistent' } }),
          )
        }
        expect(await asked('test')).toMatchObject({
          code: 0,
          stderr: `Without a meaning for Manx: ${file}: spec.k8sClientQPS\n`,
        })
        expect(await asked('other')).toMatchObject({ code: 1, stderr: expect.stringContaining('other') })
      })

      test('takes the cluster from --kubeconfig and --context', async () => {
        const args = ['get', 'nodes', '--kubeconfig', server.kubeconfig, '--context']
        expect((await manxctl([...args, 'test'], { env: { KUBECONFIG: '' } })).code).toBe(0)
        const { code, stderr } = await manxctl([...args, 'other'])
        expect([code, stderr]).toEqual([1, expect.stringContaining('other')])
      })
    },
  )
})
