import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  endpointLabels,
  namespaceProfileLabels,
  type Pod,
  type PolicyEndpoint,
  podEndpoint,
  serviceAccountProfileLabels,
} from '../src/index.ts'

const pod = (parts: Partial<Pod> & { readonly annotations?: Pod['metadata']['annotations'] } = {}): Pod => {
  const { annotations, ...rest } = parts
  const metadata = { name: 'web-1', namespace: 'shop', ...(annotations === undefined ? {} : { annotations }) }
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...rest }
}

describe('the endpoint of a pod', () => {
  test('has what policies ask for', () => {
    expect(
      podEndpoint({
        ...pod({
          spec: {
            serviceAccountName: 'seller',
            containers: [
              { name: 'a', ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 9 }] },
              { name: 'b', ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }] },
            ],
            initContainers: [
              { name: 'c', restartPolicy: 'Always', ports: [{ name: 'mesh', containerPort: 7, protocol: 'SCTP' }] },
              { name: 'd', ports: [{ name: 'setup', containerPort: 1 }] },
            ],
          },
          status: { phase: 'Running', podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }, { ip: '2001:DB8::0:7' }] },
        }),
        metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' } },
      }),
    ).toEqual({
      namespace: 'shop',
      name: 'web-1',
      serviceAccount: 'seller',
      labels: { app: 'web' },
      addresses: ['10.0.0.7', '2001:db8::7'],
      ports: [
        { name: 'http', protocol: 6, port: 8080 },
        { name: 'dns', protocol: 17, port: 53 },
        { name: 'mesh', protocol: 132, port: 7 },
      ],
    })
  })

  for (const [what, absent] of [
    ["is on the host's network", pod({ spec: { hostNetwork: true } })],
    ['has ended well', pod({ status: { phase: 'Succeeded' } })],
    ['has failed', pod({ status: { phase: 'Failed' } })],
  ] as const) {
    test(`is none when the pod ${what}`, () => expect(podEndpoint(absent)).toBeUndefined())
  }

  const annotations = { 'cni.projectcalico.org/podIP': '8.8.8.8/32', 'cni.projectcalico.org/podIPs': '8.8.8.8/32' }
  for (const [what, from, addresses] of [
    ['nothing', pod(), []],
    ['an old status', pod({ status: { podIP: '10.0.0.7' } }), ['10.0.0.7']],
    [
      'what is an address',
      pod({ status: { podIPs: [{ ip: '10.0.0.0/24' }, { ip: 'x' }, { ip: '10.0.0.7' }] } }),
      ['10.0.0.7'],
    ],
    ['the status, not of annotations', pod({ annotations, status: { podIPs: [{ ip: '10.0.0.7' }] } }), ['10.0.0.7']],
    ['no annotation, which anybody may write', pod({ spec: { nodeName: 'node-1' }, annotations }), []],
  ] as const) {
    test(`has the addresses of ${what}`, () => expect(podEndpoint(from)?.addresses).toEqual(addresses))
  }

  test('shares what it has in common with others', () => {
    const make = (name: string) =>
      podEndpoint({
        ...pod({ spec: { containers: [{ name: 'a', ports: [{ name: 'http', containerPort: 80 }] }] } }),
        metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      })
    const [a, b] = [make('a'), make('b')]
    expect(a?.labels).toBe(b?.labels)
    expect(a?.ports).toBe(b?.ports)
    expect(a?.addresses).toBe(b?.addresses)
    if (a !== undefined && b !== undefined) expect(endpointLabels(a)).toBe(endpointLabels(b))
  })

  test('is made of any pod that has a name, whatever the rest is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (spec, status, labels) => {
        const any = { metadata: { name: 'a', namespace: 'b', labels }, spec, status } as unknown as Pod
        expect(podEndpoint(any)?.namespace).toBe('b')
      }),
    )
  })
})

describe('labels of endpoints', () => {
  const endpoint = (parts: Partial<PolicyEndpoint>): PolicyEndpoint => ({
    namespace: 'shop',
    name: 'web-1',
    serviceAccount: 'seller',
    labels: {},
    addresses: [],
    ports: [],
    ...parts,
  })

  test('are those of the pod and of its place', () => {
    expect(endpointLabels(endpoint({ labels: { app: 'web' } }))).toEqual({
      app: 'web',
      'projectcalico.org/namespace': 'shop',
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': 'seller',
    })
  })

  test('cannot be forged by the pod', () => {
    const labels = {
      'pcns.team': 'admin',
      'pcsa.role': 'admin',
      'projectcalico.org/namespace': 'kube-system',
      'projectcalico.org/orchestrator': 'x',
      'projectcalico.org/serviceaccount': 'admin',
    }
    const place = { 'projectcalico.org/namespace': 'shop', 'projectcalico.org/orchestrator': 'k8s' }
    expect(endpointLabels(endpoint({ labels, serviceAccount: '' }))).toEqual(place)
    expect(endpointLabels(endpoint({ labels, serviceAccount: 'x'.repeat(63) }))).toEqual(place)
  })

  test('are lent by namespaces and service accounts', () => {
    expect(namespaceProfileLabels('shop', { team: 'a', 'projectcalico.org/name': 'forged' })).toEqual({
      'pcns.team': 'a',
      'pcns.projectcalico.org/name': 'shop',
    })
    expect(serviceAccountProfileLabels('seller', {})).toEqual({ 'pcsa.projectcalico.org/name': 'seller' })
  })
})
