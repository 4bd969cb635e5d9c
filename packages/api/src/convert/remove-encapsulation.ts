import { formatAddress } from '../addresses/address.ts'
import { addressAt, parsePrefix } from '../addresses/prefix.ts'
import type { AnyKind } from '../kind.ts'
import { isObject } from '../schema/validate.ts'
import type { Report } from './finding.ts'

const poolAdvice =
  'is Never now: Manx routes pod packets as they are. Where nodes are in different subnets, let the routers between them learn the pod routes (kind BGPPeer) before pods use this pool'
const tunnelAdvice =
  'is left out: Manx routes pod packets as they are. Where nodes are in different subnets, let the routers between them learn the pod routes (kind BGPPeer)'
const wireguardAdvice =
  'is left out: Manx does not encrypt packets between nodes. Encrypt on the links between nodes, or in the applications'
const dataplaneAdvice = 'is left out: Manx has no eBPF dataplane; it writes nftables rules'

/** Switches that can only be off, by kind and field of the spec; what to do when they are on. */
const switches: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  FelixConfiguration: {
    ipipEnabled: tunnelAdvice,
    vxlanEnabled: tunnelAdvice,
    wireguardEnabled: wireguardAdvice,
    wireguardEnabledV6: wireguardAdvice,
    bpfEnabled: dataplaneAdvice,
  },
}

/** The spec without what Manx does not have; each that was in use is reported. */
export function removeEncapsulation(kind: AnyKind, spec: unknown, report: Report): unknown {
  if (!isObject(spec)) return spec
  if (kind.kind === 'IPPool') return withoutTunnels(spec, report)
  if (kind.kind === 'IPAMBlock') reportTunnelAddresses(spec, report)
  const advice = switches[kind.kind] ?? {}
  const fields = Object.entries(spec).filter(([field, value]) => {
    const message = advice[field]
    if (message === undefined || value !== true) return true
    report('lost', 'Encapsulation', `spec.${field}`, value, message)
    return false
  })
  return Object.fromEntries(fields)
}

function withoutTunnels(pool: Record<string, unknown>, report: Report): object {
  const modes = ['ipipMode', 'vxlanMode'].filter((field) => pool[field] !== undefined && pool[field] !== 'Never')
  for (const field of modes) report('lost', 'Encapsulation', `spec.${field}`, pool[field], poolAdvice)
  return { ...pool, ...Object.fromEntries(modes.map((field) => [field, 'Never'])) }
}

/** Addresses of tunnels are nobody's here; while both products run, they are still those of Calico's nodes. */
function reportTunnelAddresses({ cidr, allocations, attributes }: Record<string, unknown>, report: Report): void {
  const prefix = typeof cidr === 'string' ? parsePrefix(cidr) : undefined
  if (prefix === undefined || !Array.isArray(allocations) || !Array.isArray(attributes)) return
  for (const [index, attribute] of attributes.entries()) {
    const { type } = isObject(attribute) && isObject(attribute.secondary) ? attribute.secondary : {}
    if (typeof type !== 'string' || !type.endsWith('TunnelAddress')) continue
    const ordinals = allocations.flatMap((owner: unknown, ordinal) => (owner === index ? [ordinal] : []))
    const addresses = ordinals.map((ordinal) => addressAt(prefix, ordinal)).filter((address) => address !== undefined)
    const named = addresses.map(formatAddress).join(', ')
    const message = `is of a tunnel, which Manx does not have: ${named} stays taken. Release it when Calico has left the node`
    report('changed', 'Encapsulation', `spec.attributes[${index}]`, undefined, message)
  }
}
