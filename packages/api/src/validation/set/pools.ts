import { parseAddress } from '../../addresses/address.ts'
import {
  comparePrefixes,
  formatPrefix,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '../../addresses/prefix.ts'
import type { Node } from '../../core/kinds.ts'
import { nodes } from '../../core/kinds.ts'
import { BGPConfiguration } from '../../kinds/bgp-configuration.ts'
import { IPPool, type IPPool as IPPoolObject } from '../../kinds/ip-pool.ts'
import { IPReservation } from '../../kinds/ip-reservation.ts'
import { isObject } from '../../schema/validate.ts'
import { withDefaults } from '../../validate.ts'
import { describe, relatedTo, type World, type WorldObject, whereIs } from './world.ts'

type Pool = WorldObject<IPPoolObject> & { readonly prefix: Prefix }

/** Pools that overlap, that are too small for the nodes, or that hold addresses which are not theirs to give. */
export function checkPools(world: World): void {
  const all = world
    .allOf(IPPool)
    .flatMap((one): Pool[] => {
      const { spec } = one.object as { readonly spec?: unknown }
      const prefix = isObject(spec) && typeof spec.cidr === 'string' ? parsePrefix(spec.cidr) : undefined
      return prefix === undefined ? [] : [{ ...(one as WorldObject<IPPoolObject>), prefix }]
    })
    .toSorted((a, b) => comparePrefixes(a.prefix, b.prefix) || a.prefix.length - b.prefix.length)
  checkOverlap(world, all)
  const pools = all.filter(({ right }) => right)
  checkSize(world, pools)
  checkServices(world, pools)
  checkReservations(world, pools)
  checkNodeAddresses(world, pools)
}

/** Sorted prefixes overlap just when one begins inside of another that began before. */
function checkOverlap(world: World, pools: readonly Pool[]): void {
  const open: Pool[] = []
  for (const pool of pools) {
    while (open.length > 0 && !prefixContains(open.at(-1)?.prefix ?? pool.prefix, pool.prefix)) open.pop()
    const around = open.at(-1)
    if (around !== undefined && around.name !== pool.name) {
      // One of both may be in the cluster; what is said is about the document.
      const [one, other] = pool.source === undefined ? [around, pool] : [pool, around]
      const value = one.object.spec.cidr
      const message = `overlaps ${other.object.spec.cidr} of ${describe(other)} (${whereIs(other)}): only one of both gives out addresses`
      world.warn(
        one,
        'OverlappingPools',
        { path: 'spec.cidr', value, message },
        relatedTo(other, 'spec.cidr', describe(other)),
      )
    }
    open.push(pool)
  }
}

const nodesKind = { group: nodes.group, kind: nodes.kind }

function checkSize(world: World, pools: readonly Pool[]): void {
  if (!world.isComplete(nodesKind)) return
  const count = world.ofCore(nodesKind).length
  for (const pool of pools) {
    const {
      blockSize = 0,
      disabled,
      nodeSelector,
      assignmentMode,
      allowedUses,
    } = withDefaults(IPPool, pool.object).spec
    const forAll = nodeSelector === 'all()' && assignmentMode === 'Automatic' && allowedUses.includes('Workload')
    const blocks = 2 ** (blockSize - pool.prefix.length)
    if (!forAll || disabled === true || blocks >= count) continue
    const message = `has ${blocks} ${blocks === 1 ? 'block' : 'blocks'} of /${blockSize} for ${count} nodes: some will have no block of their own`
    world.warn(pool, 'SmallPool', { path: 'spec.cidr', value: pool.object.spec.cidr, message })
  }
}

const serviceRanges = ['serviceClusterIPs', 'serviceExternalIPs'] as const

function checkServices(world: World, pools: readonly Pool[]): void {
  for (const configuration of world.of(BGPConfiguration)) {
    for (const field of serviceRanges) {
      for (const [index, { cidr }] of (configuration.object.spec[field] ?? []).entries()) {
        const range = cidr === undefined ? undefined : parsePrefix(cidr)
        const pool = range === undefined ? undefined : pools.find(({ prefix }) => prefixesOverlap(prefix, range))
        if (pool === undefined) continue
        const message = `overlaps ${pool.object.spec.cidr} of ${describe(pool)} (${whereIs(pool)}): addresses of services and of pods must differ`
        const issue = { path: `spec.${field}[${index}].cidr`, value: cidr, message }
        world.warn(configuration, 'OverlappingPools', issue, relatedTo(pool, 'spec.cidr', describe(pool)))
      }
    }
  }
}

/** A reservation that covers a pool leaves nothing to give out. */
function checkReservations(world: World, pools: readonly Pool[]): void {
  for (const reservation of world.of(IPReservation)) {
    for (const [index, text] of (reservation.object.spec.reservedCIDRs ?? []).entries()) {
      const reserved = parsePrefix(text)
      const pool = reserved === undefined ? undefined : pools.find(({ prefix }) => prefixContains(reserved, prefix))
      if (pool === undefined) continue
      const message = `covers all of ${pool.object.spec.cidr} of ${describe(pool)} (${whereIs(pool)}): nothing of it will be given out`
      world.warn(reservation, 'SmallPool', { path: `spec.reservedCIDRs[${index}]`, value: text, message })
    }
  }
}

function checkNodeAddresses(world: World, pools: readonly Pool[]): void {
  const told = new Set<string>()
  for (const node of world.ofCore<Node>(nodesKind)) {
    const addresses: unknown = node.object.status?.addresses
    for (const one of Array.isArray(addresses) ? addresses : []) {
      const text = isObject(one) && typeof one.address === 'string' ? one.address : ''
      const address = parseAddress(text)
      const pool = address === undefined ? undefined : pools.find(({ prefix }) => prefixContains(prefix, address))
      if (pool === undefined || told.has(pool.name)) continue
      told.add(pool.name)
      const message = `has the address ${text} of ${describe(node)}: a pod could get it`
      const value = formatPrefix(pool.prefix)
      world.warn(pool, 'OverlappingPools', { path: 'spec.cidr', value, message })
    }
  }
}
