import { describe, expect, test } from '@jest/globals'
import { convertDocuments, convertObject } from '../../src/index.ts'
import { byKind, lines, pool, stored } from './support.ts'

describe('what cannot be turned over', () => {
  test.each<[string, unknown, object | undefined, RegExp]>([
    [
      'IP-in-IP',
      pool({ ipipMode: 'Always' }),
      { ipipMode: 'Never' },
      /^lost Encapsulation a \(IPPool x\): spec\.ipipMode is Never now: .*BGPPeer.*, not "Always"$/,
    ],
    ['VXLAN', pool({ vxlanMode: 'CrossSubnet' }), { vxlanMode: 'Never' }, /^lost Encapsulation .* spec\.vxlanMode /],
    [
      'tunnels of old pools',
      pool({ ipip: { enabled: true, mode: 'cross-subnet' } }),
      { ipipMode: 'Never' },
      /^changed Rewritten .*\nlost Encapsulation .*"CrossSubnet"$/,
    ],
    [
      'tunnels of Felix',
      stored('FelixConfiguration', { vxlanEnabled: true }, { name: 'default' }),
      {},
      /^lost Encapsulation .* spec\.vxlanEnabled is left out/,
    ],
    [
      'WireGuard',
      stored('FelixConfiguration', { wireguardEnabled: true }, { name: 'default' }),
      {},
      /does not encrypt/,
    ],
    ['eBPF', stored('FelixConfiguration', { bpfEnabled: true }, { name: 'default' }), {}, /nftables/],
    [
      'an unknown field',
      pool({ flavour: 'sweet' }),
      { cidr: '10.0.0.0/16' },
      /^lost UnknownField .* spec\.flavour is not known here, and left out, not "sweet"$/,
    ],
    ['an unknown field outside of the spec', { ...pool({}), extra: 1 }, {}, /^lost UnknownField .* extra /],
    [
      'an unknown field of metadata',
      stored('IPPool', { cidr: '10.0.0.0/16' }, { colour: 'red' }),
      {},
      /metadata\.colour is no field/,
    ],
    [
      'a broken annotation',
      stored('IPPool', { cidr: '10.0.0.0/16' }, { annotations: { 'projectcalico.org/metadata': '{' } }),
      {},
      /^lost NotReadable .* must be an object in JSON/,
    ],
    [
      'what is not valid',
      pool({ cidr: '10.0.0.1/16' }),
      undefined,
      /^lost Invalid .* spec\.cidr must have no bits.*the object is left out/,
    ],
    ['no namespace', stored('NetworkSet', {}), undefined, /^lost Invalid .* metadata\.namespace is required/],
    [
      'a kind of somebody else',
      stored('LicenseKey', {}),
      undefined,
      /^lost UnknownKind .* kind is no kind that Manx has, not "LicenseKey"$/,
    ],
    [
      'the API before 3.0',
      { apiVersion: 'v1', kind: 'ipPool', metadata: {} },
      undefined,
      /^lost UnknownKind .* calicoctl 3 first/,
    ],
    ['what is no object', 'text', undefined, /^lost NotReadable a: must be an object/],
    ['what has no kind', {}, undefined, /^lost NotReadable a: must have apiVersion and kind$/],
    [
      'a profile of one’s own',
      { ...stored('Profile', {}), apiVersion: 'projectcalico.org/v3' },
      undefined,
      /^lost NotStored .*GlobalNetworkPolicy/,
    ],
    [
      'an endpoint that is no pod',
      { ...stored('WorkloadEndpoint', { orchestrator: 'cni' }), apiVersion: 'projectcalico.org/v3' },
      undefined,
      /^lost NotStored .*pods of Kubernetes only/,
    ],
  ])('%s is named, with what to do', (_, value, spec, message) => {
    const { object, findings } = convertObject({ place: 'a', value })
    if (spec === undefined) expect(object).toBeUndefined()
    else expect(object?.spec).toMatchObject(spec)
    expect(lines(findings).join('\n')).toMatch(message)
  })

  test.each<[string, unknown, RegExp]>([
    [
      'copies of policies of Kubernetes',
      stored('NetworkPolicy', {}, { name: 'knp.default.web', namespace: 'shop' }),
      /copy of a policy of Kubernetes/,
    ],
    [
      'profiles of namespaces',
      { ...stored('Profile', {}, { name: 'kns.shop' }), apiVersion: 'projectcalico.org/v3' },
      /follows from a namespace/,
    ],
    [
      'endpoints of pods',
      { ...stored('WorkloadEndpoint', { orchestrator: 'k8s' }), apiVersion: 'projectcalico.org/v3' },
      /follows from a pod/,
    ],
    ['nodes that say nothing new', { ...stored('Node', {}), apiVersion: 'projectcalico.org/v3' }, /Node of Kubernetes/],
    [
      'objects that are not Calico’s',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      /apply it as it is/,
    ],
  ])('%s are left out without a loss', (_, value, message) => {
    const { object, findings } = convertObject({ place: 'a', value })
    expect([object, lines(findings)]).toEqual([undefined, [expect.stringMatching(message)]])
    expect(findings[0]?.effect).toBe('changed')
  })

  test('ties to other objects of that cluster are left out, and said', () => {
    const owner = { apiVersion: 'v1', kind: 'x', name: 'x', uid: 'u' }
    const { object, findings } = convertObject({
      place: 'a',
      value: stored('IPPool', { cidr: '10.0.0.0/16' }, { ownerReferences: [owner], finalizers: ['x/y'] }),
    })
    expect(object?.metadata).toEqual({ name: 'x' })
    expect(findings.map(({ effect, path }) => `${effect} ${path}`)).toEqual([
      'changed metadata.ownerReferences',
      'changed metadata.finalizers',
    ])
  })
})

test('words and truth are spelled as the API server wants them', () => {
  const { object, findings } = convertObject({
    place: 'a',
    value: pool({
      'nat-outgoing': true,
      ipipMode: 'never',
      assignmentMode: 'automatic',
      disabled: 'false',
      vxlanMode: null,
      allowedUses: ['workload'],
    }),
  })
  expect(object?.spec).toEqual({
    cidr: '10.0.0.0/16',
    natOutgoing: true,
    ipipMode: 'Never',
    assignmentMode: 'Automatic',
    disabled: false,
    allowedUses: ['Workload'],
  })
  expect(findings.map(({ effect }) => effect)).not.toContain('lost')
})

test('names that every object of JavaScript has are no fields of metadata', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty']
  const metadata = Object.fromEntries([['name', 'a'], ...names.map((name) => [name, 'x'])])
  const value = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata, spec: { cidr: '10.0.0.0/16' } }
  const { findings } = convertObject({ place: 'in', value })
  expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual(
    names.map((name) => `UnknownField metadata.${name}`),
  )
})

test('names that mean something to a shell or a terminal mean nothing in messages', () => {
  const node = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Node',
    metadata: { name: "n'1", labels: { a: '$(x) \u001b[2J' } },
  }
  const { findings } = convertObject({ place: 'a', value: node })
  expect(lines(findings)).toEqual([
    expect.stringMatching(/\(Node n'1\): .*kubectl label node 'n'\\''1' 'a=\$\(x\) \\u001b\[2J'$/),
  ])
})

test('addresses of tunnels are kept, and named', () => {
  const block = {
    cidr: '10.0.0.0/30',
    allocations: [null, 0, 1, null],
    unallocated: [0, 3],
    attributes: [
      { handle_id: 'ipip-tunnel-addr-n1', secondary: { node: 'n1', type: 'ipipTunnelAddress' } },
      { handle_id: 'k8s-pod-network.c', secondary: { pod: 'web', namespace: 'shop' } },
    ],
    strictAffinity: false,
  }
  const { object, findings } = convertObject({ place: 'a', value: stored('IPAMBlock', block, { name: '10-0-0-0-30' }) })
  expect(object?.spec).toEqual(block)
  expect(lines(findings)).toEqual([
    'changed Encapsulation a (IPAMBlock 10-0-0-0-30): spec.attributes[0] is of a tunnel, which Manx does not have: 10.0.0.1 stays taken. Release it when Calico has left the node',
  ])
})

test('an object without namespace gets that which is asked for', () => {
  const value = stored('NetworkSet', {})
  expect(convertObject({ place: 'a', value }, { namespace: 'shop' }).object?.metadata).toEqual({
    name: 'x',
    namespace: 'shop',
  })
  expect(convertObject({ place: 'a', value: pool({}) }, { namespace: 'shop' }).object?.metadata).toEqual({ name: 'x' })
})

test('of two of one name the first counts', () => {
  const { objects, findings } = convertDocuments([
    { place: 'a', value: pool({}) },
    { place: 'b', value: pool({}) },
    { place: 'c', value: pool({ cidr: '10.1.0.0/16' }) },
  ])
  expect(objects).toMatchObject([{ spec: { cidr: '10.0.0.0/16' } }])
  expect(lines(findings)).toEqual([
    'changed Duplicate b (IPPool x): is left out: it is the same as that of a',
    'lost Duplicate c (IPPool x): is lost: a has another object of this name',
  ])
})

test('nodes are called as Kubernetes calls them', () => {
  const v3 = (kind: string, name: string, spec: object) => ({
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata: { name },
    spec,
  })
  const { objects } = convertDocuments(
    [
      v3('Node', 'old', { orchRefs: [{ orchestrator: 'k8s', nodeName: 'new' }] }),
      v3('BGPPeer', 'tor', { node: 'old', peerIP: '192.0.2.1', asNumber: 65001 }),
      v3('FelixConfiguration', 'node.old', {}),
      v3('BGPConfiguration', 'default', {}),
      v3('BlockAffinity', 'old-10-0-0-0-30', { cidr: '10.0.0.0/30', node: 'old', state: 'confirmed' }),
      v3('IPAMBlock', '10-0-0-0-30', {
        cidr: '10.0.0.0/30',
        affinity: 'host:old',
        allocations: [0, null, null, null],
        unallocated: [1, 2, 3],
        attributes: [{ handle_id: 'h', secondary: { node: 'old' } }],
        strictAffinity: false,
      }),
    ].map((value) => ({ place: 'a', value })),
  )
  expect(byKind(objects, 'BGPPeer')?.spec).toMatchObject({ node: 'new' })
  expect(byKind(objects, 'FelixConfiguration')?.metadata.name).toBe('node.new')
  expect(byKind(objects, 'BGPConfiguration')?.metadata.name).toBe('default')
  expect(byKind(objects, 'BlockAffinity')).toMatchObject({
    metadata: { name: 'new-10-0-0-0-30' },
    spec: { node: 'new' },
  })
  expect(byKind(objects, 'IPAMBlock')?.spec).toMatchObject({
    affinity: 'host:new',
    attributes: [{ secondary: { node: 'new' } }],
  })
})
