import {
  type Family,
  formatAddress,
  type IPPool,
  type IPPoolSpec,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '@manx/api'
import type { DefaultPool } from '../config/parse-config.ts'
import type { NodeAddresses } from '../identity/find-identity.ts'

export interface PoolPlanInput {
  readonly wanted: Readonly<Record<Family, DefaultPool>>
  readonly existing: readonly Pick<IPPool, 'metadata' | 'spec'>[]
  /** Of this node: a pool around it would swallow the fabric. */
  readonly addresses: NodeAddresses
  /** `networking.podSubnet` of kubeadm, when there is one. */
  readonly podSubnets: readonly string[]
}

export interface PlannedPool {
  readonly name: string
  readonly spec: IPPoolSpec
}

/** Calico's default, where nothing else is said. */
const usualCidr = '192.168.0.0/16'

/**
 * Pure: the pools to create. A family that has a pool gets none. IPv6 gets one only when a CIDR is named: a pool is what
 * makes pods dual stack. Throws when a pool would overlap another one or contain the node's own address.
 */
export function planDefaultPools(input: PoolPlanInput): readonly PlannedPool[] {
  const families = ([4, 6] as const).filter(
    (family) => !input.existing.some(({ spec }) => parsePrefix(spec.cidr)?.family === family),
  )
  return families.flatMap((family) => {
    const wanted = input.wanted[family]
    const cidr = wanted.cidr ?? ofFamily(input.podSubnets, family) ?? (family === 4 ? usualCidr : undefined)
    if (cidr === undefined) return []
    refuseConflicts(family, cidr, input)
    const { blockSize, natOutgoing, nodeSelector, disableBgpExport } = wanted
    const spec: IPPoolSpec = {
      cidr,
      natOutgoing,
      nodeSelector,
      ...(blockSize === undefined ? {} : { blockSize }),
      ...(disableBgpExport ? { disableBGPExport: true } : {}),
    }
    return [{ name: `default-ipv${family}-ippool`, spec }]
  })
}

/** `networking.podSubnet` out of kubeadm's ClusterConfiguration. */
export function podSubnetsOf(clusterConfiguration: string): readonly string[] {
  const [, value = ''] = /^\s*podSubnet:\s*["']?([^"'\s#]+)/m.exec(clusterConfiguration) ?? []
  return value.split(',').filter((text) => parsePrefix(text, { strict: true }) !== undefined)
}

function ofFamily(cidrs: readonly string[], family: Family): string | undefined {
  return cidrs.find((cidr) => parsePrefix(cidr)?.family === family)
}

function refuseConflicts(family: Family, cidr: string, { existing, addresses }: PoolPlanInput): void {
  const prefix = parsePrefix(cidr)
  if (prefix === undefined) return
  const variable = `CALICO_IPV${family}POOL_CIDR`
  const node = addresses[family]
  if (node !== undefined && prefixContains(prefix, node.address)) {
    throw new Error(
      `no default IPv${family} pool made: ${cidr} contains this node's address ${formatAddress(node.address)}; set ${variable} to a range that the fabric does not use`,
    )
  }
  for (const { metadata, spec } of existing) {
    const other = parsePrefix(spec.cidr)
    if (other !== undefined && prefixesOverlap(prefix, other)) {
      throw new Error(
        `no default IPv${family} pool made: ${cidr} overlaps IPPool ${metadata.name} (${spec.cidr}); set ${variable}`,
      )
    }
  }
}
