import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { controlPlaneArgs } from '../src/cluster/control-plane-args.ts'
import { containerdConfig, kubeletArgs, kubeletConfig, kubeProxyConfig } from '../src/cluster/node-config.ts'
import { certificatesOf } from '../src/cluster/pki.ts'
import { labFolder } from '../src/host/lab-folder.ts'
import { bgpObjects, nodeAsNumbers } from '../src/install/bgp-objects.ts'
import { labOverlayFolder, overlayKustomization } from '../src/install/lab-overlay.ts'
import { planLab } from '../src/plan/lab-plan.ts'

const plan = planLab({ name: 'lab', nodes: 3, mesh: false })
const mesh = planLab({ name: 'lab', nodes: 3, mesh: true })
const [node1] = plan.nodes
if (node1 === undefined) throw new Error('a node is planned')

test('kubelet has a cgroup of its own below the lab, and the node addresses of both families', () => {
  expect(kubeletConfig(plan, node1)).toMatchObject({ cgroupRoot: '/manx-lab.lab/node1', clusterDNS: ['10.96.0.10'] })
  expect(kubeletArgs(plan, node1)).toEqual(
    expect.arrayContaining(['--node-ip=172.21.0.11,fd00:21::11', '--node-labels=rack=1,manx.dev/lab=lab']),
  )
})

test('kube-proxy writes nftables and leaves conntrack sysctls alone', () => {
  expect(kubeProxyConfig(plan, node1)).toMatchObject({ mode: 'nftables', conntrack: { maxPerCore: 0, min: 0 } })
})

test('containerd pins the sandbox image that the lab imports', () => {
  expect(containerdConfig('localhost/pause:1.0.0')).toContain('sandbox = "localhost/pause:1.0.0"')
})

test('the API server serves both families and no node gets a pod CIDR', () => {
  const args = controlPlaneArgs(plan, labFolder('lab'))
  expect(args['kube-apiserver']).toContain('--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112')
  expect(args['kube-controller-manager']).toContain('--allocate-node-cidrs=false')
})

test('with IPv6 first every list begins with it', () => {
  const first = planLab({ name: 'lab', nodes: 3, mesh: false, ipv6Primary: true })
  const args = controlPlaneArgs(first, labFolder('lab'))['kube-apiserver']
  expect(args).toContain('--service-cluster-ip-range=fd00:10:96::/112,10.96.0.0/16')
  expect(args).toContain('--advertise-address=fd00:20:100::2')
  expect(kubeletArgs(first, node1)).toContain('--node-ip=fd00:21::11,172.21.0.11')
})

test('every node has a certificate to call with and one to serve with', () => {
  const requests = certificatesOf(plan)
  for (const { name, address } of plan.nodes) {
    expect(requests).toContainEqual({
      name: `kubelet-${name}`,
      commonName: `system:node:${name}`,
      organization: 'system:nodes',
    })
    expect(requests).toContainEqual({
      name: `kubelet-serving-${name}`,
      commonName: name,
      subjects: [name, address.v4, address.v6],
    })
  }
})

describe('routing as objects', () => {
  test('each rack has a peer in each family; only nodes that share an AS accept their own in a path', () => {
    const [configuration, ...peers] = bgpObjects(plan)
    expect(configuration).toMatchObject({ spec: { asNumber: 64512, nodeToNodeMeshEnabled: false } })
    expect(peers.map((peer) => (peer as { spec: object }).spec)).toEqual([
      { nodeSelector: "rack == '1'", peerIP: '172.21.0.1', asNumber: 65001, numAllowedLocalASNumbers: 1 },
      { nodeSelector: "rack == '1'", peerIP: 'fd00:21::1', asNumber: 65001, numAllowedLocalASNumbers: 1 },
      { nodeSelector: "rack == '2'", peerIP: '172.22.0.1', asNumber: 65002 },
      { nodeSelector: "rack == '2'", peerIP: 'fd00:22::1', asNumber: 65002 },
    ])
    expect([...nodeAsNumbers(plan)]).toEqual([
      ['node1', 65101],
      ['node2', 65101],
      ['node3', 65203],
    ])
  })

  test('with a mesh there are no peers and every node has the AS of the cluster', () => {
    expect(bgpObjects(mesh)).toHaveLength(1)
    expect(bgpObjects(mesh)[0]).toMatchObject({ spec: { nodeToNodeMeshEnabled: true } })
    expect(nodeAsNumbers(mesh).size).toBe(0)
  })
})

describe('the overlay', () => {
  test("its pools are the plan's", () => {
    const text = readFileSync(join(labOverlayFolder, 'kustomization.yaml'), 'utf8')
    const { configMapGenerator } = parse(text) as { configMapGenerator: { literals: string[] }[] }
    expect(configMapGenerator[0]?.literals).toEqual(
      expect.arrayContaining([`CALICO_IPV4POOL_CIDR=${plan.podCidr.v4}`, `CALICO_IPV6POOL_CIDR=${plan.podCidr.v6}`]),
    )
  })

  test('a lab puts its own image in', () => {
    expect(overlayKustomization('localhost:5000/manx:0.2.0', '../base')).toMatchObject({
      resources: ['../base'],
      images: [{ name: 'localhost/manx', newName: 'localhost:5000/manx', newTag: '0.2.0' }],
    })
  })
})
