import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatExactJson, parseExactJson } from '../../src/convert/exact-numbers.ts'
import {
  allKinds,
  type ConversionFinding,
  type ConvertedObject,
  convertDocuments,
  convertObject,
  describeConversionFinding,
  type KubernetesClient,
  type KubernetesObject,
  namespaces,
  type Resource,
  readConversionInput,
  resourceOf,
  validate,
} from '../../src/index.ts'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../api-server.ts'
import { readDocuments } from '../documents/read-documents.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
const convertText = (text: string, options = {}) => {
  const { inputs, findings } = readConversionInput(text, 'in')
  const conversion = convertDocuments(inputs, options)
  return { objects: conversion.objects, findings: [...findings, ...conversion.findings] }
}
const lines = (findings: readonly ConversionFinding[]) =>
  findings.map((finding) => `${finding.effect} ${finding.code} ${describeConversionFinding(finding)}`)
const byKind = (objects: readonly ConvertedObject[], kind: string) => objects.find((one) => one.kind === kind)

/** An object of v3 as Calico stores it in its older form. */
function asStored({
  apiVersion: _,
  kind,
  metadata,
  spec,
}: KubernetesObject & { spec: Readonly<Record<string, unknown>> }) {
  const { name, namespace, ...others } = metadata
  const isPolicy = /^(Staged)?(Global)?NetworkPolicy$/.test(kind)
  const kept = JSON.stringify({ ...others, ...(isPolicy ? { name } : {}), creationTimestamp: null })
  const stored = isPolicy && !name.includes('.') ? `default.${name}` : name
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: kind === 'IPAMConfiguration' ? 'IPAMConfig' : kind,
    metadata: {
      name: stored,
      ...(namespace === undefined ? {} : { namespace }),
      uid: 'u',
      resourceVersion: '7',
      generation: 1,
      annotations: { 'projectcalico.org/metadata': kept },
    },
    spec: kind === 'BlockAffinity' ? { ...spec, deleted: String(spec.deleted ?? false) } : spec,
  }
}

describe('objects as they are stored', () => {
  test('with every field of every kind become what users wrote', () => {
    for (const { kind, object } of readDocuments()) {
      const { status: _, ...written } = object
      const { object: converted, findings } = convertObject({ place: 'a', value: asStored(written) })
      const left = findings.filter(
        ({ code, path }) => !(code === 'Renamed' || (code === 'Rewritten' && path === 'metadata.labels')),
      )
      expect({ name: object.metadata.name, findings: lines(left) }).toEqual({
        name: object.metadata.name,
        findings: [],
      })
      // Names and labels of what IPAM writes follow from its spec.
      const ipam = ['BlockAffinity', 'IPAMBlock', 'IPAMHandle'].includes(kind.kind)
      expect(ipam ? { ...converted, metadata: object.metadata } : converted).toEqual(
        kind.kind === 'BlockAffinity' ? { ...written, spec: { deleted: false, ...written.spec } } : written,
      )
    }
  })

  const { objects, findings } = convertText(fixture('stored.yaml'))

  test('of every kind are accepted by the validators, in an order to apply them in', () => {
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(allKinds.map(({ kind }) => kind)))
    expect(findings.filter(({ effect }) => effect === 'lost')).toEqual([])
    const kinds = objects.map(({ kind }) => kind)
    expect(kinds.indexOf('Tier')).toBeLessThan(kinds.indexOf('GlobalNetworkPolicy'))
    expect(kinds.indexOf('IPPool')).toBeLessThan(kinds.indexOf('IPAMBlock'))
  })

  test('have their users’ metadata', () => {
    expect(byKind(objects, 'BGPConfiguration')?.metadata).toEqual({ name: 'default', labels: { team: 'net' } })
    expect(byKind(objects, 'NetworkSet')?.metadata).toEqual({
      name: 'partners',
      namespace: 'shop',
      labels: { partner: 'yes' },
      annotations: { note: 'ours' },
    })
    const kept = convertText(fixture('stored.yaml'), { identity: true }).objects
    expect(byKind(kept, 'BGPConfiguration')?.metadata).toMatchObject({
      uid: '6b2f0a8e-0c7c-4d55-9f65-2d2d6a3c0002',
      creationTimestamp: '2024-02-01T10:00:00Z',
    })
  })

  test('have the names that users know', () => {
    const names = objects
      .filter(({ kind }) => kind.endsWith('Policy'))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(names.sort()).toEqual([
      'GlobalNetworkPolicy deny-outside',
      'NetworkPolicy allow-dns',
      'StagedGlobalNetworkPolicy security.block',
      'StagedKubernetesNetworkPolicy try',
      'StagedNetworkPolicy default.try',
    ])
    expect(byKind(objects, 'GlobalNetworkPolicy')?.metadata.labels).toEqual({ 'projectcalico.org/tier': 'default' })
  })

  test('keep numbers that JavaScript cannot hold', () => {
    expect(byKind(objects, 'IPAMBlock')?.spec).toMatchObject({
      sequenceNumber: 1706781600123456789n,
      sequenceNumberForAllocation: { '0': 1706781600123456788n },
    })
  })

  test('get the labels by which nodes find their blocks, and true and false', () => {
    expect(byKind(objects, 'BlockAffinity')).toMatchObject({
      metadata: {
        name: 'node-1-10-244-0-0-26',
        labels: { 'projectcalico.org/affinity-type': 'host', 'projectcalico.org/ip-version': '4' },
      },
      spec: { deleted: false },
    })
  })

  test('say the same in another way only where that is noted', () => {
    expect(lines(findings)).toEqual([
      'changed Rewritten in, document 4 (BlockAffinity node-1-10-244-0-0-26): metadata.labels has projectcalico.org/hostname-hash, projectcalico.org/affinity-type, projectcalico.org/ip-version now: nodes find theirs by labels',
      'changed LeftOut in, document 5 (CalicoNodeStatus node-1): status is left out: Manx finds it out anew',
      'changed LeftOut in, document 16 (KubeControllersConfiguration default): status is left out: Manx finds it out anew',
    ])
  })
})

const stored = (kind: string, spec: unknown, metadata: object = {}) => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind,
  metadata: { name: 'x', ...metadata },
  spec,
})
const pool = (spec: object) => stored('IPPool', { cidr: '10.0.0.0/16', ...spec })

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

describe('an export', () => {
  const { objects, findings } = convertText(fixture('export.txt'))

  test('has resources, cluster information and IPAM data', () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterInformation default',
      'IPAMConfiguration default',
      'IPPool default-ipv4-ippool',
      'NetworkPolicy default.allow-web',
      'BlockAffinity worker-1-10-244-0-0-30',
      'BlockAffinity worker-1-fd00---126',
      'IPAMBlock 10-244-0-0-30',
      'IPAMHandle k8s-pod-network.c1',
    ])
    expect(byKind(objects, 'IPAMBlock')?.spec).toMatchObject({
      cidr: '10.244.0.0/30',
      sequenceNumber: 1706781600123456789n,
    })
    expect(byKind(objects, 'IPAMHandle')?.spec).toMatchObject({
      handleID: 'k8s-pod-network.c1',
      block: { '10.244.0.0/30': 1 },
    })
    expect(byKind(objects, 'BlockAffinity')?.spec).toEqual({
      cidr: '10.244.0.0/30',
      node: 'worker-1',
      type: 'host',
      state: 'confirmed',
      deleted: false,
    })
  })

  test('says what is lost: tunnels, and what a node has in Calico only', () => {
    expect(lines(findings.filter(({ effect }) => effect === 'lost'))).toEqual([
      expect.stringMatching(
        /^lost Encapsulation in, part 1, document 1, item 1 \(IPPool default-ipv4-ippool\): spec\.ipipMode /,
      ),
      expect.stringMatching(
        /^lost NotStored in, part 1, document 4, item 1 \(Node worker-1\): .*kubectl annotate node worker-1 projectcalico\.org\/ASNumber=65001 && kubectl label node worker-1 rack=r1$/,
      ),
    ])
  })

  test('with entries that make no sense names them', () => {
    const data = { blocks: [{ Key: '/calico/nowhere', Value: {} }, 7], handles: 'none', config: [], novelty: {} }
    const result = convertText(`a: 1\n===\n{}\n===\n${JSON.stringify(data)}`)
    expect(result.objects).toEqual([])
    expect(result.findings.map(({ effect, code }) => `${effect} ${code}`)).toEqual(Array(7).fill('lost NotReadable'))
  })
})

describe('a text', () => {
  test('is taken apart into documents, lists and lists of lists', () => {
    const items = [{ kind: 'A' }, { kind: 'List', items: [{ kind: 'B' }] }]
    const places = (text: string) => readConversionInput(text, 'in').inputs.map(({ place }) => place)
    expect(places(JSON.stringify({ kind: 'List', items }))).toEqual(['in, item 1', 'in, item 2, item 1'])
    expect(places('kind: A\n---\n# nothing\n---\n- kind: B\n- kind: C')).toEqual([
      'in, document 1',
      'in, document 3, item 1',
      'in, document 3, item 2',
    ])
    const typed = readConversionInput(
      '{"kind":"TierList","apiVersion":"projectcalico.org/v3","items":[{"metadata":{"name":"a"}}]}',
      'in',
    )
    expect(typed.inputs.map(({ value }) => value)).toEqual([
      { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'a' } },
    ])
  })

  test('that is broken in one place is read in all others', () => {
    const { objects, findings } = convertText(`a: [1\n---\n${JSON.stringify(pool({}))}\n---\na: *b\n`)
    expect(objects).toHaveLength(1)
    expect(findings.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'NotReadable in, document 1',
      'NotReadable in, document 3',
    ])
  })

  test('with a key that is there twice names it; many keys are as good as few', () => {
    const text = (last: string) => {
      const keys = Array.from({ length: 50_000 }, (_, index) => `    k${index}: v`)
      const head = 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: a\n  annotations:\n'
      return `${head}${[...keys, `    ${last}: w`].join('\n')}\nspec: {cidr: 10.0.0.0/16}\n`
    }
    expect(convertText(text('k')).findings).toEqual([])
    expect(lines(convertText(text('k7')).findings)).toEqual([
      'lost NotReadable in, document 1: is not YAML: the key k7 is in one map twice (line 50006)',
    ])
    expect(lines(convertText('{1: a, "1": b}').findings)).toHaveLength(1)
    expect(lines(convertText('a: {<<: {b: 1}, <<: {c: 1}}').findings)).toHaveLength(1)
  })

  test('that is nested too deeply is said to be', () => {
    expect(lines(convertText(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`).findings)).toEqual([
      expect.stringMatching(/^lost NotReadable in.*: is not YAML.*Maximum call stack size exceeded/),
    ])
  })
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

test('JSON has numbers that JavaScript cannot hold', () => {
  const value = { a: [2n ** 62n, -(2n ** 60n)], b: 'x', c: 1.5 }
  const text = formatExactJson(value)
  expect(text.replaceAll(/\s/g, '')).toBe('{"a":[4611686018427387904,-1152921504606846976],"b":"x","c":1.5}')
  expect(parseExactJson(text)).toEqual(value)
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

describe('whatever comes', () => {
  const documents = readDocuments().map(({ object }) => asStored(object))
  const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, '', 'true', -1, [], {}, [null], 2n ** 60n))

  test('what is turned over is valid, stays as it is when turned over again, and nothing is lost unsaid', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 4 }),
        junk,
        (document, position, key, value) => {
          const changed = structuredClone(document) as Record<string, unknown>
          const places: Record<string, unknown>[] = []
          const walk = (part: unknown) => {
            if (typeof part !== 'object' || part === null) return
            if (!Array.isArray(part)) places.push(part as Record<string, unknown>)
            Object.values(part).forEach(walk)
          }
          walk(changed)
          const place = places[position % places.length]
          const keys = Object.keys(place ?? {})
          const field = keys.length > 0 && position % 2 === 0 ? keys[position % keys.length] : key
          if (place !== undefined && field !== undefined) place[field] = value
          const { object, findings } = convertObject({ place: 'a', value: changed })
          if (object === undefined) {
            expect(findings.length).toBeGreaterThan(0)
            return
          }
          const kind = allKinds.find((one) => one.kind === object.kind)
          if (kind === undefined) throw new Error(object.kind)
          expect(validate(kind, JSON.parse(toJson(object)))).toEqual([])
          const there = new Map(leavesOf(object.spec, 'spec'))
          for (const [path, leaf] of leavesOf(changed.spec, 'spec')) {
            const said = findings.some((finding) => path.startsWith(finding.path) && finding.path !== '')
            expect([path, said || String(there.get(path)) === String(leaf)]).toEqual([path, true])
          }
          const again = convertObject({ place: 'a', value: object })
          expect(again).toEqual({ object, findings: [] })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a text is read, or its faults are named', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('===', '---\n===\n===', 'kind: List\nitems: 7', 'kind: XList\nitems: [{}]'),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (parts) => {
        const { inputs, findings } = readConversionInput(parts.join('\n'), 'in')
        convertDocuments(inputs)
        for (const finding of findings) expect(describeConversionFinding(finding)).toContain('in')
      }),
      { numRuns: 300 },
    )
  })
})

/** What is somewhere in a value; nulls and empty texts stand for what is absent. */
function* leavesOf(value: unknown, path: string): Generator<[string, unknown]> {
  if (value === null || value === '') return
  const entries = typeof value === 'object' ? Object.entries(value) : []
  if (entries.length === 0) yield [path, value]
  const step = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
  for (const [key, item] of entries) yield* leavesOf(item, step(key))
}

const toJson = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part))

const reason = apiServerSkipReason()
const withServer = reason === undefined ? describe : describe.skip

withServer(`on a real API server${reason === undefined ? '' : ` (${reason})`}`, () => {
  let server: ApiServer
  let client: KubernetesClient
  beforeAll(async () => {
    server = await startApiServer()
    client = await server.client()
    await installKinds(client)
    await client.create(namespaces, { metadata: { name: 'shop' } })
  }, 120_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  test.each(['stored.yaml', 'export.txt'])(
    'all of %s is accepted, in its order',
    async (name) => {
      const { objects } = convertText(fixture(name))
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind === undefined) throw new Error(object.kind)
        const resource = resourceOf(kind) as Resource<KubernetesObject & { spec: unknown }>
        const written = JSON.parse(toJson(object))
        await client.create(resource, written, { fieldManager: 'test' })
        const read = await client.get(resource, object.metadata)
        expect(read.spec).toMatchObject(written.spec)
        expect(read.metadata.labels).toEqual(object.metadata.labels)
      }
      for (const object of objects) {
        const kind = allKinds.find((one) => one.kind === object.kind)
        if (kind !== undefined) await client.delete(resourceOf(kind), object.metadata)
      }
    },
    60_000,
  )
})
