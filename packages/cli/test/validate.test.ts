import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  BGPFilter,
  BGPPeer,
  GlobalNetworkPolicy,
  IPPool,
  idleKindEffect,
  type KubernetesClient,
  NetworkSet,
  namespaces,
  nodes,
  pods,
  resourceOf,
  services,
  Tier,
} from '@manx/api'
import { parse } from 'yaml'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../api/test/api-server.ts'
import { bundleManxctl, type Manxctl, withCluster } from './bundled-manxctl.ts'

const reason = apiServerSkipReason()

const head = (kind: string, name: string, namespace?: string) =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\n`
const document = (kind: string, name: string, spec: string, namespace?: string) =>
  `${head(kind, name, namespace)}spec: ${spec}\n`

let work: string
let manxctl: Manxctl
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'manxctl-'))
  manxctl = await bundleManxctl(work)
}, 120_000)
afterAll(() => rm(work, { recursive: true, force: true }))

describe('validate without a cluster', () => {
  const validate = (args: readonly string[], input?: string) =>
    manxctl(['validate', '--offline', ...args], input === undefined ? {} : { input })

  test('says nothing of documents with nothing wrong, and ends with 0', async () => {
    const { code, stdout, stderr } = await validate(['-f', '-'], document('IPPool', 'a', '{cidr: 10.0.0.0/16}'))
    expect([code, stdout, stderr]).toEqual([0, '0 errors and 0 warnings in 1 document\n', ''])
  })

  test('shows each fault with its line, and ends with 3', async () => {
    const file = join(work, 'pools.yaml')
    await writeFile(
      file,
      `${document('IPPool', 'a', '{cidr: 10.0.0.0/16}')}---\n${document('IPPool', 'b', '\n  cidr: 10.1.0.1/16\n  natOutgoin: true')}`,
    )
    const { code, stdout, stderr } = await validate(['-f', file])
    expect([code, stderr]).toEqual([3, ''])
    expect(stdout.split('\n')).toEqual([
      `${file}:10:9: error: spec.cidr must have no bits set beyond its length: write 10.1.0.0/16, not "10.1.0.1/16"`,
      '    | IPPool b (document 2)',
      ' 10 |   cidr: 10.1.0.1/16',
      '    |         ^^^^^^^^^^^',
      `${file}:11:3: error: spec.natOutgoin is no field here: write natOutgoing`,
      '    | IPPool b (document 2)',
      ' 11 |   natOutgoin: true',
      '    |   ^^^^^^^^^^ natOutgoing',
      '2 errors and 0 warnings in 2 documents',
      '',
    ])
  })

  test('takes warnings for errors with --strict only', async () => {
    const input = `${document('IPPool', 'a', '{cidr: 10.0.0.0/16}')}---\n${document('IPPool', 'b', '{cidr: 10.0.0.0/20}')}`
    const lenient = await validate(['-f', '-'], input)
    expect([lenient.code, lenient.stdout]).toEqual([0, expect.stringContaining('warning: spec.cidr overlaps')])
    const strict = await validate(['-f', '-', '--strict'], input)
    expect([strict.code, strict.stdout]).toEqual([3, expect.stringContaining('1 error and 0 warnings')])
  })

  test.each(['json', 'yaml'])('reports as %s for programs', async (format) => {
    const { code, stdout } = await validate(
      ['-f', '-', '-o', format],
      document('BGPPeer', 'tor', '{peerIP: 192.0.2.1, asNumber: x}'),
    )
    expect(code).toBe(3)
    const report: unknown = parse(stdout)
    expect(report).toMatchObject({
      documents: 1,
      cluster: false,
      findings: [
        {
          file: 'standard input',
          document: 1,
          line: 4,
          column: 37,
          severity: 'error',
          code: 'InvalidValue',
          kind: 'BGPPeer',
          name: 'tor',
          path: 'spec.asNumber',
          value: 'x',
          message: 'must be a whole number from 0 up to 4294967295',
        },
      ],
    })
  })

  test('ends with 1 for a file that cannot be read, and with 2 without a file', async () => {
    expect((await validate(['-f', join(work, 'none.yaml')])).code).toBe(1)
    expect((await validate([])).code).toBe(2)
    expect((await validate(['-f', '-'], '# nothing\n')).stderr).toContain('there are no resources in standard input')
    expect((await validate(['-f', '-', '--skip-empty'], '# nothing\n')).code).toBe(0)
  })

  test('goes on without a cluster that does not answer, and says so', async () => {
    const input = document('IPPool', 'a', '{cidr: 10.0.0.0/16}')
    const { code, stderr } = await manxctl(['validate', '-f', '-'], { input, env: { KUBECONFIG: '/nonexistent' } })
    expect([code, stderr]).toEqual([0, expect.stringContaining('No cluster was asked: ')])
  })
})

;(reason === undefined ? describe : describe.skip)(
  `with a real API server${reason === undefined ? '' : ` (${reason})`}`,
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
      const pod = {
        containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 80 }] }],
        initContainers: [
          { name: 'mesh', image: 'mesh', restartPolicy: 'Always', ports: [{ name: 'proxy', containerPort: 15_001 }] },
          { name: 'once', image: 'once', ports: [{ name: 'setup', containerPort: 81 }] },
        ],
      }
      const metadata = { name: 'web-1', namespace: 'shop', labels: { app: 'web' } }
      await client.create(namespaces, { metadata: { name: 'shop', labels: { team: 'a' } } })
      await client.create(pods, { metadata, spec: { ...pod, nodeName: 'n1' } } as never)
      await client.patchStatus(pods, metadata, {
        status: { phase: 'Running', podIP: '10.9.0.1', podIPs: [{ ip: '10.9.0.1' }] },
      })
      const port = { port: 80, protocol: 'TCP' } as const
      await client.create(services, { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [port] } })
      await client.create(nodes, { metadata: { name: 'n1', labels: { rack: 'r1' } } })
      await client.create(nodes, { metadata: { name: 'n2' } })
      await client.create(resourceOf(Tier), { metadata: { name: 'security' }, spec: { order: 5 } })
      await client.create(resourceOf(IPPool), { metadata: { name: 'main' }, spec: { cidr: '10.9.0.0/16' } })
      await client.create(resourceOf(BGPFilter), { metadata: { name: 'only-own' }, spec: {} })
      const peer = { peerIP: '192.0.2.1', asNumber: 65_000 }
      await client.create(resourceOf(BGPPeer), { metadata: { name: 'everywhere' }, spec: peer })
    }, 120_000)
    afterAll(async () => {
      await client?.close()
      await server?.stop()
    })

    test('validate looks at what is there', async () => {
      const input = [
        document('IPPool', 'other', '{cidr: 10.9.128.0/17, nodeSelector: rack == "r2"}'),
        document('IPPool', 'small', '{cidr: 10.10.0.0/26}'),
        document('BGPPeer', 'again', '{peerIP: 192.0.2.1, asNumber: 65000, node: n1, filters: [only-owm, only-own]}'),
        document('NetworkPolicy', 'web', '{tier: securty, selector: app == "wbe"}', 'shop'),
        document('NetworkPolicy', 'lost', '{tier: security}', 'shpo'),
        document(
          'NetworkPolicy',
          'peers',
          '{ingress: [{action: Allow, protocol: TCP, source: {namespaceSelector: team == "b"}, destination: {ports: [htpt]}}, {action: Allow, source: {services: {name: wep}}}]}',
          'shop',
        ),
        document(
          'NetworkPolicy',
          'right',
          '{tier: security, selector: app == "web", ingress: [{action: Allow, protocol: TCP, source: {namespaceSelector: team == "a"}, destination: {ports: [http, proxy]}}]}',
          'shop',
        ),
      ].join('---\n')
      const { code, stdout, stderr } = await on(['validate', '-f', '-', '-o', 'json'], input)
      expect([code, stderr]).toEqual([0, ''])
      const report = JSON.parse(stdout) as {
        readonly cluster: boolean
        readonly findings: readonly {
          readonly name: string
          readonly code: string
          readonly path: string
          readonly message: string
        }[]
      }
      expect(report.cluster).toBe(true)
      expect(
        report.findings
          .filter(({ code: what }) => what !== 'NoEffect')
          .map(({ name, code: what, path, message }) => `${name} ${what} ${path} ${message}`),
      ).toEqual([
        expect.stringMatching(
          /^other OverlappingPools spec\.cidr overlaps 10\.9\.0\.0\/16 of IPPool main \(the cluster\)/,
        ),
        'other MatchesNothing spec.nodeSelector matches no node of the cluster: no rack is "r2": write "r1"',
        expect.stringMatching(/^small SmallPool spec\.cidr has 1 block of \/26 for 2 nodes/),
        expect.stringMatching(
          /^again PeerTwice spec\.peerIP is a peer of .* by BGPPeer everywhere \(the cluster\), too/,
        ),
        expect.stringMatching(/^again UnknownName spec\.filters\[0\] names no BGPFilter .*: write only-own/),
        expect.stringMatching(/^web UnknownTier spec\.tier names a tier that neither .*: write security/),
        'web MatchesNothing spec.selector matches no endpoint that there is: no app is "wbe": write "web"',
        expect.stringMatching(/^lost UnknownName metadata\.namespace names no Namespace .*: write shop/),
        expect.stringMatching(/^peers MatchesNothing spec\.ingress\[0\]\.source\.namespaceSelector .*no team is "b"/),
        'peers MatchesNothing spec.ingress[0].destination.ports[0] is no name of a port of any pod or host endpoint: write http',
        'peers UnknownName spec.ingress[1].source.services.name matches nothing: there is no Service shop/wep: write web',
      ])
    }, 60_000)

    test('what is written is compared with what is there, too, and warnings do not hinder it', async () => {
      const policy = document(
        'GlobalNetworkPolicy',
        'security.x',
        '{tier: securty, ingress: [{action: Allow}, {action: Deny}]}',
      )
      const { code, stdout, stderr } = await on(['apply', '-f', '-'], policy)
      expect([code, stdout]).toEqual([0, "Successfully applied 1 'GlobalNetworkPolicy' resource(s)\n"])
      const idle = idleKindEffect(GlobalNetworkPolicy)
      if (idle !== undefined) {
        expect(stderr).toContain(`standard input:2:7: warning: kind GlobalNetworkPolicy is not in force yet: ${idle}\n`)
      }
      expect(stderr).toContain('standard input:4:14: warning: spec.tier names a tier')
      expect(stderr).toContain('warning: spec.ingress[1] is never reached: ingress[0] takes all that it would match')
      await ok(['delete', 'gnp', 'security.x'])
    }, 60_000)

    test('kinds with a namespace are written to and read from theirs', async () => {
      const input = [
        document('NetworkPolicy', 'a', '{order: 10, selector: app == "web"}', 'shop'),
        document('NetworkPolicy', 'b', '{}'),
      ].join('---\n')
      expect(await ok(['apply', '-f', '-'], input)).toBe("Successfully applied 2 'NetworkPolicy' resource(s)\n")
      expect(await ok(['get', 'netpol', '-A', '-o', 'wide'])).toBe(
        'NAMESPACE   NAME   TIER      ORDER   SELECTOR\ndefault     b      default           all()\nshop        a      default   10      app == "web"\n',
      )
      expect(await ok(['get', 'np'])).toBe('NAME   TIER\nb      default\n')
      expect(await ok(['get', 'networkpolicy', '-n', 'shop', '-o', 'name'])).toBe('NetworkPolicy/a\n')
      expect(parse(await ok(['get', 'policy', 'a', '-n', 'shop', '-o', 'yaml', '--export']))).toEqual({
        apiVersion: 'projectcalico.org/v3',
        kind: 'NetworkPolicy',
        metadata: { name: 'a', namespace: 'shop' },
        spec: { order: 10, selector: 'app == "web"', tier: 'default' },
      })
      const set = document('NetworkSet', 'office', '{nets: [192.0.2.0/24]}')
      expect(await ok(['create', '-n', 'shop', '-f', '-'], set)).toContain('Successfully created 1')
      expect(await ok(['replace', '-n', 'shop', '-f', '-'], set.replace('/24', '/25'))).toContain('replaced 1')
      expect(await ok(['get', 'netsets', '-n', 'shop', '-o', 'wide'])).toBe('NAME     NETS\noffice   192.0.2.0/25\n')
      expect(await ok(['label', 'netset', 'office', 'zone=a', '-n', 'shop'])).toBe(
        'Successfully set label zone on NetworkSet office\n',
      )
      const other = await on(['label', 'netset', 'office', 'zone=b', '-n', 'shop'])
      expect([other.code, other.stderr]).toEqual([
        1,
        'NetworkSet office has the label zone=a: --overwrite changes it\n',
      ])
      await ok(['label', 'netset', 'office', 'zone=b', '-n', 'shop', '--overwrite'])
      const ref = { name: 'office', namespace: 'shop' }
      expect((await client.get(resourceOf(NetworkSet), ref)).metadata.labels).toEqual({ zone: 'b' })
      await ok(['label', 'netset', 'office', 'zone', '-n', 'shop', '--remove'])
      expect((await client.get(resourceOf(NetworkSet), ref)).metadata.labels ?? {}).toEqual({})
      expect(await ok(['patch', 'netset', 'office', '-n', 'shop', '-p', '{"spec": {"nets": ["10.0.0.0/8"]}}'])).toBe(
        "Successfully patched 1 'NetworkSet' resource\n",
      )
      expect(await ok(['delete', 'netset', 'office', '-n', 'shop'])).toContain('Successfully deleted 1')
      expect((await on(['delete', 'np', 'a'])).code).toBe(1)
      expect(await ok(['delete', '-f', '-'], input)).toBe("Successfully deleted 2 'NetworkPolicy' resource(s)\n")
    }, 120_000)

    test('a patch that makes an object wrong is refused before it is stored', async () => {
      const selector = await on(['patch', 'ippool', 'main', '-p', '{"spec": {"nodeSelector": "rack = 1"}}'])
      expect([selector.code, selector.stderr]).toEqual([
        1,
        expect.stringContaining('IPPool main: spec.nodeSelector must '),
      ])
      const typo = await on(['patch', 'ippool', 'main', '-p', 'spec: {natOutgoin: true}'])
      expect([typo.code, typo.stderr]).toEqual([1, expect.stringContaining('natOutgoin')])
      expect((await client.get(resourceOf(IPPool), 'main')).spec).not.toHaveProperty('natOutgoin')
      await ok([
        'patch',
        'ippool',
        'main',
        '-t',
        'json',
        '-p',
        '[{"op": "add", "path": "/spec/natOutgoing", "value": true}]',
      ])
      expect((await client.get(resourceOf(IPPool), 'main')).spec.natOutgoing).toBe(true)
    }, 60_000)

    test('shows pods as workload endpoints, and namespaces as profiles', async () => {
      expect(await ok(['get', 'wep', '-A'])).toMatch(
        /^NAMESPACE +WORKLOAD +NODE +NETWORKS +INTERFACE\nshop +web-1 +n1 +10\.9\.0\.1\/32 +cali[0-9a-f]{11}\n$/,
      )
      const name = 'n1-k8s-web--1-eth0'
      expect(parse(await ok(['get', 'workloadendpoint', name, '-n', 'shop', '-o', 'yaml']))).toMatchObject({
        kind: 'WorkloadEndpoint',
        metadata: { name, namespace: 'shop' },
        spec: { pod: 'web-1', node: 'n1', ipNetworks: ['10.9.0.1/32'] },
      })
      expect((await on(['get', 'wep', 'none', '-n', 'shop'])).stderr).toContain('WorkloadEndpoint shop/none not found')
      expect(await ok(['get', 'profiles'])).toContain('kns.shop\n')
      const { code, stderr } = await on(['delete', 'profile', 'kns.shop'])
      expect([code, stderr]).toEqual([1, expect.stringContaining('so label that')])
    }, 60_000)
  },
)
