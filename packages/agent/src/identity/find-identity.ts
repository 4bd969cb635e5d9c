import { type Family, formatAddress, type Node } from '@manx/api'
import type { AddressSource } from '../config/parse-config.ts'
import { detectAddress, type FoundAddress, type HostFacts, withLength } from './detect-address.ts'
import { readInterfaces, sourceTowards } from './read-host.ts'

export type NodeAddresses = Readonly<Partial<Record<Family, FoundAddress>>>

/** Finds the node's addresses; throws when one that was asked for is not there, or when there is none at all. */
export async function findAddresses(
  sources: Readonly<Record<Family, AddressSource>>,
  node: Pick<Node, 'status'>,
): Promise<NodeAddresses> {
  const internalIps = (node.status?.addresses ?? []).flatMap(({ type, address }) =>
    type === 'InternalIP' ? [address] : [],
  )
  const host: HostFacts = { interfaces: await readInterfaces(), internalIps }
  const found: Partial<Record<Family, FoundAddress>> = {}
  for (const family of [4, 6] as const) {
    const source = sources[family]
    const address = await findOne(family, source, host)
    if (address !== undefined) found[family] = address
    else if (source.kind === 'detect' && source.required) throw new Error(notFound(family, source, host))
  }
  if (found[4] === undefined && found[6] === undefined) {
    throw new Error(`this node has no address: ${describe(host)}; set IP or IP6, or their _AUTODETECTION_METHOD`)
  }
  return found
}

export function sameAddresses(a: NodeAddresses, b: NodeAddresses): boolean {
  return ([4, 6] as const).every((family) => sameAddress(a[family], b[family]))
}

export function sameAddress(a: FoundAddress | undefined, b: FoundAddress | undefined): boolean {
  return text(a) === text(b)
}

function text(found: FoundAddress | undefined): string {
  return found === undefined ? '' : `${formatAddress(found.address)}/${found.length}`
}

async function findOne(family: Family, source: AddressSource, host: HostFacts): Promise<FoundAddress | undefined> {
  if (source.kind === 'none') return undefined
  if (source.kind === 'fixed') {
    const found = withLength(family, source.address, host, family === 4 ? 'IP' : 'IP6')
    return found && { ...found, length: source.length ?? found.length }
  }
  const { method } = source
  const towards = method.kind === 'can-reach' ? await sourceTowards(method.destination, family) : undefined
  return detectAddress(family, method, host, towards)
}

function notFound(family: Family, source: AddressSource & { readonly kind: 'detect' }, host: HostFacts): string {
  const variable = family === 4 ? 'IP_AUTODETECTION_METHOD' : 'IP6_AUTODETECTION_METHOD'
  return `no IPv${family} address found by ${variable} (${source.method.kind}): ${describe(host)}`
}

function describe({ interfaces, internalIps }: HostFacts): string {
  const seen = interfaces.map(({ name, up, addresses }) => `${name}${up ? '' : ' (down)'} [${addresses.join(' ')}]`)
  return `interfaces ${seen.join(', ')}; InternalIP ${internalIps.join(' ') || 'none'}`
}
