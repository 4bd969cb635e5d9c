import { namespaces, nodes, services } from '../../core/kinds.ts'
import type { AnyKind } from '../../kind.ts'
import { BGPFilter } from '../../kinds/bgp-filter.ts'
import { BGPPeer } from '../../kinds/bgp-peer.ts'
import { HostEndpoint } from '../../kinds/host-endpoint.ts'
import { IPPool } from '../../kinds/ip-pool.ts'
import { nodeOfConfiguration } from '../../kinds/names.ts'
import type { KubernetesObject } from '../../metadata.ts'
import { isObject } from '../../schema/validate.ts'
import { suggest } from '../../suggest.ts'
import { describe, type World, type WorldObject } from './world.ts'

interface KindName {
  readonly group: string
  readonly kind: string
}

/** Names of other objects that nothing has. */
export function checkNames(world: World, documents: readonly WorldObject[]): void {
  const known = new Map<string, ReadonlySet<string>>()
  const namesOf = (kind: KindName) => {
    const key = `${kind.group}/${kind.kind}`
    const names = known.get(key) ?? world.namesOf(kind)
    known.set(key, names)
    return names
  }
  const refer = (from: WorldObject, kind: KindName, path: string, name: unknown, effect: string) => {
    if (typeof name !== 'string' || name === '') return
    const names = namesOf(kind)
    if (names.has(name)) return
    const complete = world.isComplete(kind)
    // Without a cluster the object may be there; a set that has others of the kind most likely has all.
    if (!complete && names.size === 0) return
    const near = suggest(name, names)
    const where = complete ? 'in the cluster or these documents' : 'in these documents'
    const message = `names no ${kind.kind} ${where}${near === undefined ? '' : `: write ${near}`}${effect === '' ? '' : ` (${effect})`}`
    world.warn(from, 'UnknownName', { path, value: name, message, ...(near === undefined ? {} : { suggestion: near }) })
  }
  for (const peer of world.of(BGPPeer)) {
    for (const [index, name] of (peer.object.spec.filters ?? []).entries()) {
      refer(peer, BGPFilter, `spec.filters[${index}]`, name, 'the filter is not applied')
    }
    refer(peer, nodes, 'spec.node', peer.object.spec.node, 'nobody peers')
  }
  for (const endpoint of world.of(HostEndpoint))
    refer(endpoint, nodes, 'spec.node', endpoint.object.spec.node, 'it has no effect')
  for (const one of documents) {
    if (one.namespace !== '' && world.isComplete(namespaces)) {
      refer(one, namespaces, 'metadata.namespace', one.namespace, 'it cannot be made before its namespace')
    }
    if (one.kind === 'BGPConfiguration' || one.kind === 'FelixConfiguration') {
      refer(one, nodes, 'metadata.name', nodeOfConfiguration(one.name), 'no node reads it')
    }
    for (const [path, annotations] of annotationsOf(one.object))
      checkPoolAnnotations(world, one, path, annotations, refer)
    if (one.right)
      for (const [path, service, namespace] of servicesOf(one)) checkService(world, one, path, service, namespace)
  }
}

type Refer = (from: WorldObject, kind: AnyKind, path: string, name: unknown, effect: string) => void

const poolAnnotations = ['cni.projectcalico.org/ipv4pools', 'cni.projectcalico.org/ipv6pools']

/** Pools that a pod or a namespace asks for, by name or by CIDR. */
function checkPoolAnnotations(
  world: World,
  from: WorldObject,
  path: string,
  annotations: Readonly<Record<string, unknown>>,
  refer: Refer,
): void {
  for (const name of poolAnnotations) {
    const text = annotations[name]
    if (typeof text !== 'string') continue
    const at = `${path}[${name}]`
    const names = listOf(text)
    if (names === undefined) {
      const message = 'must be a JSON list of pools, as ["pool-a"]'
      world.warn(from, 'UnknownName', { path: at, value: text, message, suggestion: JSON.stringify([text]) })
      continue
    }
    for (const pool of names) if (!pool.includes('/')) refer(from, IPPool, at, pool, 'pods get no address')
  }
}

function listOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

/** The annotations of an object, and those that its workload gives to pods. */
function* annotationsOf(object: KubernetesObject): Iterable<[string, Readonly<Record<string, unknown>>]> {
  const { annotations } = object.metadata as { readonly annotations?: unknown }
  if (isObject(annotations)) yield ['metadata.annotations', annotations]
  const { spec } = object as { readonly spec?: unknown }
  const template = isObject(spec) && isObject(spec.template) ? spec.template : undefined
  const metadata = isObject(template?.metadata) ? template.metadata : undefined
  if (isObject(metadata?.annotations)) yield ['spec.template.metadata.annotations', metadata.annotations]
}

/** Services that rules of Calico's policies name. */
function* servicesOf({ object, namespace }: WorldObject): Iterable<[string, string, string]> {
  const { spec } = object as { readonly spec?: unknown }
  if (!isObject(spec) || !object.apiVersion.startsWith('projectcalico.org/')) return
  for (const direction of ['ingress', 'egress']) {
    const rules: unknown = spec[direction]
    if (!Array.isArray(rules)) continue
    for (const [index, rule] of rules.entries()) {
      const side = direction === 'ingress' ? 'source' : 'destination'
      const entity: unknown = isObject(rule) ? rule[side] : undefined
      const named = isObject(entity) && isObject(entity.services) ? entity.services : undefined
      if (typeof named?.name !== 'string') continue
      const where = typeof named.namespace === 'string' && named.namespace !== '' ? named.namespace : namespace
      yield [`spec.${direction}[${index}].${side}.services.name`, named.name, where]
    }
  }
}

function checkService(world: World, from: WorldObject, path: string, name: string, namespace: string): void {
  if (!world.isComplete(services) || namespace === '' || world.find(services, name, namespace) !== undefined) return
  const there = world.ofCore(services).filter((one) => one.namespace === namespace)
  const near = suggest(
    name,
    there.map((one) => one.name),
  )
  const wanted = describe({ kind: 'Service', name, namespace })
  const message = `matches nothing: there is no ${wanted}${near === undefined ? '' : `: write ${near}`}`
  world.warn(from, 'UnknownName', { path, value: name, message, ...(near === undefined ? {} : { suggestion: near }) })
}
