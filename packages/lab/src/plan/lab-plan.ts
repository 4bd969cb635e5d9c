import { type LabOptions, maxNodes } from './lab-options.ts'

/** An address of each family. */
export interface Dual {
  readonly v4: string
  readonly v6: string
}

export type RouterName = 'spine' | 'tor1' | 'tor2'
export type HostRole = 'router' | 'switch' | 'control' | 'outside' | 'node'

/** One end of a veth pair or a bridge: an interface with its addresses (with prefix length), none on a bridge's port. */
export interface PlannedInterface {
  readonly name: string
  readonly addresses: readonly string[]
  /** The bridge on the same host that the interface is a port of. */
  readonly bridge?: string
}

/** A network namespace. */
export interface PlannedHost {
  readonly name: string
  readonly namespace: string
  readonly role: HostRole
  readonly bridges: readonly PlannedInterface[]
  /** Default route of each family; routers learn theirs. */
  readonly gateway?: Dual
  /** The address that others use for this host. */
  readonly address: Dual
}

export interface PlannedLink {
  readonly a: PlannedInterface & { readonly host: string }
  readonly b: PlannedInterface & { readonly host: string }
}

export interface PlannedRouter {
  readonly name: RouterName
  readonly asNumber: number
  readonly routerId: string
  readonly neighbors: readonly { readonly name: string; readonly address: Dual; readonly asNumber: number }[]
  /** Nodes connect to the ToR, which takes any that is in the rack's subnet. */
  readonly nodes?: { readonly subnet: Dual; readonly asNumber: number | 'external' }
}

export interface PlannedNode {
  readonly name: string
  readonly rack: 1 | 2
  readonly asNumber: number
  readonly address: Dual
}

/** Everything about a lab that is known before it is made. The same for every lab but for the namespaces' names. */
export interface LabPlan {
  readonly options: LabOptions
  readonly hosts: readonly PlannedHost[]
  readonly links: readonly PlannedLink[]
  readonly routers: readonly PlannedRouter[]
  readonly nodes: readonly PlannedNode[]
  readonly clusterAsNumber: number
  /** Which family comes first wherever Kubernetes has a list of both. */
  readonly families: readonly [keyof Dual, keyof Dual]
  readonly podCidr: Dual
  readonly serviceCidr: Dual
  /** Of the first family, as Kubernetes gives them. */
  readonly apiServiceAddress: string
  readonly dnsAddress: string
  readonly apiPort: number
}

const spineAsNumber = 65000
const torAsNumber = (rack: 1 | 2) => 65000 + rack
/** Rack 1's nodes share one AS, rack 2's have one each, so that both ways of numbering are in every lab. */
const nodeAsNumber = (rack: 1 | 2, number: number) => (rack === 1 ? 65101 : 65200 + number)

/** The name of a lab's network namespace; the dots keep labs `a` and `a-b` apart. */
export function namespaceName(lab: string, host: string): string {
  return `manx.${lab}.${host}`
}

/**
 * Lays out the fabric:
 *
 *     control  outside
 *          \    /
 *          spine
 *          /    \
 *       tor1    tor2
 *       /  \       \
 *    node1 node2  node3
 */
export function planLab(options: LabOptions): LabPlan {
  const nodes = planNodes(options)
  const control = subnet('172.20.100', 'fd00:20:100')
  const outside = subnet('198.51.100', 'fd00:51:100')
  const host = (
    name: string,
    role: HostRole,
    address: Dual,
    gateway?: Dual,
    bridges: readonly PlannedInterface[] = [],
  ): PlannedHost => ({
    name,
    namespace: namespaceName(options.name, name),
    role,
    address,
    bridges,
    ...(gateway === undefined ? {} : { gateway }),
  })
  const link = (a: string, aName: string, aEnd: End, b: string, bName: string, bEnd: End): PlannedLink => ({
    a: { host: a, name: aName, ...aEnd },
    b: { host: b, name: bName, ...bEnd },
  })
  const edge = (name: string, net: Subnet) =>
    link('spine', name, { addresses: net.with(1) }, name, 'eth0', { addresses: net.with(2) })
  const primary = options.ipv6Primary === true ? 'v6' : 'v4'
  const common: Omit<LabPlan, 'hosts' | 'links' | 'routers'> = {
    options,
    nodes,
    clusterAsNumber: 64512,
    families: primary === 'v6' ? ['v6', 'v4'] : ['v4', 'v6'],
    podCidr: { v4: '10.244.0.0/16', v6: 'fd00:10:244::/48' },
    serviceCidr: { v4: '10.96.0.0/16', v6: 'fd00:10:96::/112' },
    apiServiceAddress: { v4: '10.96.0.1', v6: 'fd00:10:96::1' }[primary],
    dnsAddress: { v4: '10.96.0.10', v6: 'fd00:10:96::a' }[primary],
    apiPort: 6443,
  }
  const edges = [edge('control', control), edge('outside', outside)]
  const edgeHosts = [
    host('control', 'control', control.at(2), control.at(1)),
    host('outside', 'outside', outside.at(2), outside.at(1)),
  ]
  const nodeHosts = (gateway: (node: PlannedNode) => Dual) =>
    nodes.map((node) => host(node.name, 'node', node.address, gateway(node)))
  const nodeLinks = (net: (node: PlannedNode) => Subnet) =>
    nodes.map((node) =>
      link(`tor${node.rack}`, node.name, { addresses: [], bridge: 'br0' }, node.name, 'eth0', {
        addresses: net(node).with(nodeHostNumber(node)),
      }),
    )

  if (options.mesh) {
    const flat = rackSubnet(1)
    const trunk = { addresses: [], bridge: 'br0' }
    return {
      ...common,
      hosts: [
        host('spine', 'router', flat.at(1), undefined, [{ name: 'br0', addresses: flat.with(1) }]),
        host('tor1', 'switch', flat.at(2), flat.at(1), [{ name: 'br0', addresses: flat.with(2) }]),
        host('tor2', 'switch', flat.at(3), flat.at(1), [{ name: 'br0', addresses: flat.with(3) }]),
        ...edgeHosts,
        ...nodeHosts(() => flat.at(1)),
      ],
      links: [
        ...edges,
        link('spine', 'tor1', trunk, 'tor1', 'uplink', trunk),
        link('spine', 'tor2', trunk, 'tor2', 'uplink', trunk),
        ...nodeLinks(() => flat),
      ],
      routers: [],
    }
  }
  const uplink = (rack: 1 | 2) => subnet(`172.20.${rack}`, `fd00:20:${rack}`)
  const torHost = (rack: 1 | 2) =>
    host(`tor${rack}`, 'router', uplink(rack).at(2), undefined, [{ name: 'br0', addresses: rackSubnet(rack).with(1) }])
  const tor = (rack: 1 | 2): PlannedRouter => ({
    name: rack === 1 ? 'tor1' : 'tor2',
    asNumber: torAsNumber(rack),
    routerId: uplink(rack).at(2).v4,
    neighbors: [{ name: 'spine', address: uplink(rack).at(1), asNumber: spineAsNumber }],
    nodes: { subnet: rackSubnet(rack).prefix, asNumber: rack === 1 ? nodeAsNumber(1, 0) : 'external' },
  })
  const racks = [1, 2] as const
  return {
    ...common,
    hosts: [
      host('spine', 'router', uplink(1).at(1)),
      torHost(1),
      torHost(2),
      ...edgeHosts,
      ...nodeHosts((node) => rackSubnet(node.rack).at(1)),
    ],
    links: [
      ...edges,
      ...racks.map((rack) =>
        link('spine', `tor${rack}`, { addresses: uplink(rack).with(1) }, `tor${rack}`, 'uplink', {
          addresses: uplink(rack).with(2),
        }),
      ),
      ...nodeLinks((node) => rackSubnet(node.rack)),
    ],
    routers: [
      {
        name: 'spine',
        asNumber: spineAsNumber,
        routerId: uplink(1).at(1).v4,
        neighbors: racks.map((rack) => ({
          name: `tor${rack}`,
          address: uplink(rack).at(2),
          asNumber: torAsNumber(rack),
        })),
      },
      tor(1),
      tor(2),
    ],
  }
}

/** Both values of a list in the order that the plan's Kubernetes wants. */
export function inOrder(plan: LabPlan, { v4, v6 }: Dual): string {
  return plan.families.map((family) => ({ v4, v6 })[family]).join(',')
}

/** The host's address of the first family, as a URL has it. */
export function primaryUrlHost(plan: LabPlan, address: Dual): string {
  const [family] = plan.families
  return family === 'v6' ? `[${address.v6}]` : address.v4
}

type End = Pick<PlannedInterface, 'addresses' | 'bridge'>

interface Subnet {
  readonly prefix: Dual
  at(number: number): Dual
  with(number: number): readonly string[]
}

/** The subnet that the nodes of a rack share with their ToR, which is host 1. */
export function rackSubnet(rack: 1 | 2): Subnet {
  return subnet(`172.2${rack}.0`, `fd00:2${rack}`)
}

function subnet(v4: string, v6: string): Subnet {
  const at = (number: number): Dual => ({ v4: `${v4}.${number}`, v6: `${v6}::${number}` })
  return {
    prefix: { v4: `${v4}.0/24`, v6: `${v6}::/64` },
    at,
    with: (number) => [`${at(number).v4}/24`, `${at(number).v6}/64`],
  }
}

/** The first half of the nodes, rounded up, is in rack 1. */
function planNodes(options: LabOptions): readonly PlannedNode[] {
  return Array.from({ length: Math.min(options.nodes, maxNodes) }, (_, index) => {
    const number = index + 1
    const rack = number <= Math.ceil(options.nodes / 2) ? 1 : 2
    const node = { name: `node${number}`, rack, asNumber: nodeAsNumber(rack, number) } as const
    return { ...node, address: rackSubnet(options.mesh ? 1 : rack).at(nodeHostNumber(node)) }
  })
}

function nodeHostNumber(node: { readonly name: string }): number {
  return 10 + Number(node.name.slice('node'.length))
}
