import type { Dual, LabPlan, PlannedHost, PlannedNode } from '../plan/lab-plan.ts'
import { echoPort } from './echo-servers.ts'
import type { FamilyKey, Probe, ProbeAction, ProbeExpectation, ProbePod, ProbeWorld } from './probe.ts'
import { httpPort, probeNamespace, udpPort } from './probe-manifest.ts'

const families = ['v4', 'v6'] as const
const firstTtl = 64

/** Everything that must hold, as single packets to send and answers to expect. */
export function planProbes(plan: LabPlan, world: ProbeWorld): readonly Probe[] {
  return families.flatMap((family) => [
    ...podToPod(plan, world, family),
    ...podsAndNodes(plan, world, family),
    ...services(plan, world, family),
    ...fabric(plan, world, family),
  ])
}

function podToPod(plan: LabPlan, world: ProbeWorld, family: FamilyKey): readonly Probe[] {
  return world.probes.flatMap((from) =>
    world.peers.flatMap((to) => {
      const { title, hops } = distance(plan, from.node, to.node)
      const what = `${from.name} (${from.node}) → ${to.name} (${to.node})`
      const expect = { kind: 'client', addresses: [from.address[family]] } as const
      const dialTo = (protocol: 'http' | 'udp') => ({
        check: `pod → pod, ${title}`,
        family,
        what: `${what}, ${protocol === 'http' ? 'TCP' : 'UDP'}`,
        action: dial(from, family, to.address[family], protocol === 'http' ? httpPort : udpPort, 'clientip', protocol),
        expect,
      })
      const ping: Probe = {
        check: `  hops: ${hops.join(' or ')}, ${title}`,
        family,
        what,
        action: { kind: 'ping', host: from.node, pod: from, target: to.address[family] },
        expect: { kind: 'ttl', values: hops.map((count) => firstTtl - count) },
      }
      return [dialTo('http'), dialTo('udp'), ping]
    }),
  )
}

/** Routers that a packet passes between pods of two nodes: the nodes themselves, the ToRs, the spine. */
function distance(plan: LabPlan, from: string, to: string) {
  if (from === to) return { title: 'same node', hops: [1] }
  const rackOf = (name: string) => plan.nodes.find((node) => node.name === name)?.rack
  if (plan.options.mesh) return { title: 'across nodes', hops: [2] }
  // On one subnet the ToR names the other node as next hop and packets take the straight way; GoBGP as ToR names itself.
  return rackOf(from) === rackOf(to) ? { title: 'same rack', hops: [2, 3] } : { title: 'across racks', hops: [5] }
}

function podsAndNodes(plan: LabPlan, world: ProbeWorld, family: FamilyKey): readonly Probe[] {
  return world.probes.flatMap((pod) =>
    plan.nodes.flatMap((node) => {
      const own = pod.node === node.name
      return [
        {
          check: own ? 'pod → its node' : 'pod → other nodes',
          family,
          what: `${pod.name} (${pod.node}) → ${node.name}`,
          action: dial(pod, family, node.address[family], echoPort, 'clientip'),
          expect: { kind: 'client', addresses: [pod.address[family]] },
        },
        {
          check: own ? 'node → its pods' : 'node → pods of other nodes',
          family,
          what: `${node.name} → ${pod.name} (${pod.node})`,
          action: http(node.name, pod.address[family], httpPort, 'clientip'),
          expect: { kind: 'client', addresses: [node.address[family]] },
        },
      ] satisfies Probe[]
    }),
  )
}

function services(plan: LabPlan, world: ProbeWorld, family: FamilyKey): readonly Probe[] {
  const service = world.services[family]
  const any = { kind: 'hostname', names: world.probes.map(({ name }) => name) } as const
  const outside = hostOf(plan, 'outside')
  const fromPods = [...world.probes, ...world.peers].flatMap((pod) => {
    const probe = (check: string, action: ProbeAction, expect: ProbeExpectation): Probe => ({
      check,
      family,
      what: `${pod.name} (${pod.node})`,
      action,
      expect,
    })
    const name = `probe-${family}.${probeNamespace}.svc.cluster.local`
    return [
      probe('pod → Service', dial(pod, family, service.clusterAddress, httpPort, 'hostname'), any),
      probe('pod → Service', dial(pod, family, service.clusterAddress, udpPort, 'hostname', 'udp'), any),
      probe('pod → Service by DNS name', dial(pod, family, name, httpPort, 'hostname'), any),
      ...plan.nodes.map((node: PlannedNode) =>
        probe('pod → NodePort', dial(pod, family, node.address[family], service.nodePort, 'hostname'), any),
      ),
    ]
  })
  const hairpin = world.probes.map(
    (pod): Probe => ({
      check: 'pod → its own Service (hairpin)',
      family,
      what: `${pod.name} (${pod.node})`,
      action: dial(pod, family, service.itselfAddress, httpPort, 'hostname'),
      expect: { kind: 'hostname', names: [pod.name] },
    }),
  )
  const fromOutside = plan.nodes.flatMap((node): readonly Probe[] => [
    {
      check: 'outside → NodePort',
      family,
      what: node.name,
      action: http('outside', node.address[family], service.nodePort, 'hostname'),
      expect: any,
    },
    {
      check: 'outside → NodePort (Local: source kept)',
      family,
      what: node.name,
      action: http('outside', node.address[family], service.nodePortLocal, 'clientip'),
      expect: { kind: 'client', addresses: [outside.address[family]] },
    },
  ])
  return [...fromPods, ...hairpin, ...fromOutside]
}

function fabric(plan: LabPlan, world: ProbeWorld, family: FamilyKey): readonly Probe[] {
  // With a mesh no router of the fabric knows the pods: only what leaves as the node's address comes back.
  const hosts = ['outside', ...plan.routers.map(({ name }) => name)].map((name) => hostOf(plan, name))
  return world.probes.flatMap((pod) =>
    hosts.flatMap((host): readonly Probe[] => {
      const isRouter = host.role === 'router'
      const inbound: Probe = {
        check: isRouter ? 'router → pod' : 'outside → pod',
        family,
        what: `${host.name} → ${pod.name} (${pod.node})`,
        action: http(host.name, pod.address[family], httpPort, 'clientip'),
        expect: { kind: 'client', addresses: addressesOf(plan, host, family) },
      }
      const outbound: Probe = {
        check: isRouter ? 'pod → router (as its node)' : 'pod → outside (as its node)',
        family,
        what: `${pod.name} (${pod.node}) → ${host.name}`,
        action: dial(pod, family, host.address[family], echoPort, 'clientip'),
        expect: { kind: 'client', addresses: [addressOfNode(plan, pod.node, family)] },
      }
      return plan.options.mesh ? [outbound] : [inbound, outbound]
    }),
  )
}

function dial(
  pod: ProbePod,
  family: FamilyKey,
  target: string,
  port: number,
  request: 'clientip' | 'hostname',
  protocol: 'http' | 'udp' = 'http',
): ProbeAction {
  return { kind: 'dial', host: pod.node, pod: pod.address[family], target, port, protocol, request }
}

function http(host: string, address: string, port: number, path: string): ProbeAction {
  return { kind: 'http', host, url: `http://${urlHost(address)}:${port}/${path}` }
}

/** An address as a URL has it. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function hostOf(plan: LabPlan, name: string): PlannedHost {
  const host = plan.hosts.find((planned) => planned.name === name)
  if (host === undefined) throw new Error(`no host ${name} in the plan`)
  return host
}

function addressOfNode(plan: LabPlan, name: string, family: FamilyKey): string {
  return hostOf(plan, name).address[family]
}

/** All addresses of a router, which sends from the one on the way out. */
function addressesOf(plan: LabPlan, host: PlannedHost, family: keyof Dual): readonly string[] {
  const ends = plan.links.flatMap(({ a, b }) => [a, b]).filter((end) => end.host === host.name)
  return [...ends, ...host.bridges]
    .flatMap(({ addresses }) => addresses)
    .filter((address) => address.includes(':') === (family === 'v6'))
    .map((address) => address.split('/')[0] ?? '')
}
