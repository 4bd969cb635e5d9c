import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  checkNodeAnnotations,
  defaultAllowProfile,
  type Node,
  namespaceToProfile,
  nodeInterfaces,
  nodeToCalicoNode,
  type Pod,
  podToWorkloadEndpoint,
  serviceAccountToProfile,
} from '../src/index.ts'

const node = (parts: Partial<Node> = {}, annotations: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', uid: 'u', ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
  ...parts,
})

describe('a node of Kubernetes', () => {
  test('that speaks no BGP is a Node with its addresses', () => {
    const addresses = [
      { type: 'InternalIP', address: '172.18.0.2' },
      { type: 'Hostname', address: 'n1' },
      { type: 'ExternalIP', address: '198.51.100.7' },
    ]
    expect(nodeToCalicoNode(node({ status: { addresses }, spec: { podCIDR: '10.0.0.0/24' } }))).toEqual({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Node',
      metadata: { name: 'n1', uid: 'u' },
      spec: {
        addresses: [
          { type: 'InternalIP', address: '172.18.0.2' },
          { type: 'ExternalIP', address: '198.51.100.7' },
        ],
        orchRefs: [{ nodeName: 'n1', orchestrator: 'k8s' }],
      },
      status: { podCIDRs: ['10.0.0.0/24'] },
    })
  })

  test('has in its annotations what BGP needs', () => {
    const annotations = {
      'projectcalico.org/IPv4Address': '172.18.0.2/24',
      'projectcalico.org/IPv6Address': '2001:DB8::0:2/64',
      'projectcalico.org/ASNumber': '65000.1',
      'projectcalico.org/RouteReflectorClusterID': '224.0.0.1',
      'projectcalico.org/Interfaces': '[{"name":"eth0","addresses":["172.18.0.2"]}]',
    }
    const { spec } = nodeToCalicoNode(node({}, annotations))
    expect(spec).toEqual({
      bgp: {
        asNumber: 65_000 * 65_536 + 1,
        ipv4Address: '172.18.0.2/24',
        ipv6Address: '2001:db8::2/64',
        routeReflectorClusterID: '224.0.0.1',
      },
      addresses: [
        { type: 'CalicoNodeIP', address: '172.18.0.2/24' },
        { type: 'CalicoNodeIP', address: '2001:db8::2/64' },
      ],
      interfaces: [{ name: 'eth0', addresses: ['172.18.0.2'] }],
      orchRefs: [{ nodeName: 'n1', orchestrator: 'k8s' }],
    })
  })

  test('has the labels of both, Kubernetes’ first', () => {
    const annotations = {
      'projectcalico.org/labels': '{"a":"calico","b":"calico"}',
      'projectcalico.org/kube-labels': '{}',
      'projectcalico.org/annotations': '{"note":"x"}',
      other: 'y',
    }
    const { metadata } = nodeToCalicoNode(node({ metadata: { name: 'n1', labels: { a: 'kubernetes' }, annotations } }))
    expect(metadata).toEqual({
      name: 'n1',
      labels: { a: 'kubernetes', b: 'calico' },
      annotations: { note: 'x', other: 'y' },
    })
  })

  test('with interfaces that are none has an issue', () => {
    const bad = node({}, { 'projectcalico.org/Interfaces': '[{"name":"eth0","addresses":[1]}]' })
    expect(nodeInterfaces(bad)).toBeUndefined()
    expect(checkNodeAnnotations(bad)).toEqual([
      expect.objectContaining({ path: 'metadata.annotations[projectcalico.org/Interfaces]' }),
    ])
    expect(checkNodeAnnotations(node())).toEqual([])
  })

  test('with annotations of any kind is a Node', () => {
    const names = ['IPv4Address', 'ASNumber', 'Interfaces', 'labels', 'annotations'].map(
      (one) => `projectcalico.org/${one}`,
    )
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '[{"name":1}]', '{"a":1}', '10.0.0.1/33'))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), texts), (annotations) => {
        const calico = nodeToCalicoNode(node({}, annotations))
        expect(calico.spec.orchRefs).toHaveLength(1)
        for (const value of Object.values(calico.metadata.labels ?? {})) expect(typeof value).toBe('string')
        for (const one of nodeInterfaces(node({}, annotations)) ?? []) expect(typeof one.name).toBe('string')
      }),
      { numRuns: 200 },
    )
  })
})

const pod = (parts: { readonly metadata?: object; readonly spec?: object; readonly status?: object } = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web', 'pcns.team': 'forged' }, ...parts.metadata },
    spec: { nodeName: 'node-1', serviceAccountName: 'web', ...parts.spec },
    status: { podIPs: [{ ip: '10.0.0.5' }, { ip: 'FD00::5' }], ...parts.status },
  }) as Pod

describe('a pod', () => {
  test('is a WorkloadEndpoint of its node', () => {
    const annotations = { 'cni.projectcalico.org/containerID': 'c1' }
    expect(podToWorkloadEndpoint(pod({ metadata: { uid: 'u', generateName: 'web-', annotations } }))).toEqual({
      issues: [],
      endpoint: {
        apiVersion: 'projectcalico.org/v3',
        kind: 'WorkloadEndpoint',
        metadata: {
          name: 'node--1-k8s-web--0-eth0',
          namespace: 'shop',
          uid: 'u',
          generateName: 'web-',
          labels: {
            app: 'web',
            'projectcalico.org/namespace': 'shop',
            'projectcalico.org/orchestrator': 'k8s',
            'projectcalico.org/serviceaccount': 'web',
          },
        },
        spec: {
          orchestrator: 'k8s',
          node: 'node-1',
          pod: 'web-0',
          endpoint: 'eth0',
          containerID: 'c1',
          serviceAccountName: 'web',
          interfaceName: expect.stringMatching(/^cali[0-9a-f]{11}$/),
          profiles: ['kns.shop', 'ksa.shop.web'],
          ipNetworks: ['10.0.0.5/32', 'fd00::5/128'],
        },
      },
    })
    expect(podToWorkloadEndpoint(pod(), { interfacePrefix: 'tap' }).endpoint?.spec.interfaceName).toMatch(/^tap/)
  })

  test('has the ports that somebody can ask for', () => {
    const sidecar = { restartPolicy: 'Always', ports: [{ name: 'metrics', containerPort: 9100 }] }
    const init = { ports: [{ name: 'init', containerPort: 1 }] }
    const ports = [
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
      { containerPort: 80 },
      { containerPort: 81, hostPort: 8081 },
    ]
    expect(
      podToWorkloadEndpoint(pod({ spec: { containers: [{ ports }], initContainers: [sidecar, init] } })).endpoint?.spec
        .ports,
    ).toEqual([
      { name: 'dns', protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 81, hostPort: 8081 },
      { name: 'metrics', protocol: 'TCP', port: 9100 },
    ])
  })

  test('has in its annotations floating addresses and sources that it may use', () => {
    const annotations = {
      'cni.projectcalico.org/floatingIPs': '["198.51.100.1", "2001:db8::1"]',
      'cni.projectcalico.org/allowedSourcePrefixes': '["192.0.2.7/24"]',
    }
    expect(podToWorkloadEndpoint(pod({ metadata: { annotations } })).endpoint?.spec).toMatchObject({
      ipNATs: [
        { internalIP: '10.0.0.5', externalIP: '198.51.100.1' },
        { internalIP: 'fd00::5', externalIP: '2001:db8::1' },
      ],
      allowSpoofedSourcePrefixes: ['192.0.2.0/24'],
    })
  })

  test.each([
    ['no JSON', '10.0.0.1'],
    ['no list', '{}'],
    ['no addresses', '["10.0.0.1", "x"]'],
  ])('with an annotation that is %s has an issue', (_, text) => {
    const name = 'cni.projectcalico.org/floatingIPs'
    const { endpoint, issues } = podToWorkloadEndpoint(pod({ metadata: { annotations: { [name]: text } } }))
    expect(endpoint?.spec.ipNATs).toBeUndefined()
    expect(issues).toEqual([
      { path: `metadata.annotations[${name}]`, value: text, message: 'must be a JSON list of addresses' },
    ])
  })

  test.each([
    ['not on a node', { spec: { nodeName: undefined } }],
    ['on the host’s network', { spec: { hostNetwork: true } }],
    ['that ended', { status: { phase: 'Succeeded' } }],
  ])('%s is none', (_, parts) => {
    expect(podToWorkloadEndpoint(pod(parts)).endpoint).toBeUndefined()
  })
})

describe('a profile', () => {
  const meta = (name: string, namespace?: string) => ({
    apiVersion: 'v1',
    kind: 'x',
    metadata: { name, uid: 'u', labels: { env: 'prod' }, ...(namespace === undefined ? {} : { namespace }) },
  })
  test('of a namespace allows what no policy decides, and lends labels', () => {
    expect(namespaceToProfile(meta('shop'))).toMatchObject({
      metadata: { name: 'kns.shop', uid: 'u' },
      spec: {
        ingress: [{ action: 'Allow' }],
        egress: [{ action: 'Allow' }],
        labelsToApply: { 'pcns.env': 'prod', 'pcns.projectcalico.org/name': 'shop' },
      },
    })
  })
  test('of a service account only lends labels', () => {
    expect(serviceAccountToProfile(meta('web', 'shop'))).toEqual({
      apiVersion: 'projectcalico.org/v3',
      kind: 'Profile',
      metadata: { name: 'ksa.shop.web', uid: 'u' },
      spec: { labelsToApply: { 'pcsa.env': 'prod', 'pcsa.projectcalico.org/name': 'web' } },
    })
  })
  test('of hosts allows everything', () => {
    expect(defaultAllowProfile).toMatchObject({
      metadata: { name: 'projectcalico-default-allow' },
      spec: { ingress: [{ action: 'Allow' }] },
    })
  })
})
