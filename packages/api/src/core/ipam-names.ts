import { createHash } from 'node:crypto'
import type { Family } from '../addresses/address.ts'
import { formatPrefix, type Prefix, parsePrefix } from '../addresses/prefix.ts'

const longestName = 253

/** The object name of a block: `10.0.0.0/26` → `10-0-0-0-26`. */
export function blockName(cidr: string | Prefix): string {
  return (typeof cidr === 'string' ? cidr : formatPrefix(cidr)).replace(/[./:]/g, '-')
}

/** The object name of a node's claim on a block; a node name that is too long is cut, and the whole hashed, as Calico does. */
export function blockAffinityName(host: string, cidr: string | Prefix): string {
  const block = blockName(cidr)
  const name = `${host}-${block}`
  if (name.length < longestName) return name
  const hash = createHash('sha256').update(`${host}+${block}`).digest('hex').slice(0, 11)
  return `${host.slice(0, longestName - 1 - block.length - hash.length - 2)}-${block}-${hash}`
}

/** The object name of a handle. */
export function handleName(handleId: string): string {
  return handleId.toLowerCase()
}

/** Annotation of a handle: the node whose agent made it. The API server lets no other agent write it. */
export const handleNode = 'manx.dev/node'

export const affinityLabels = {
  hostnameHash: 'projectcalico.org/hostname-hash',
  affinityType: 'projectcalico.org/affinity-type',
  ipVersion: 'projectcalico.org/ip-version',
} as const

/** The labels of a claim, by which a node lists its own. */
export function blockAffinityLabels(
  host: string,
  cidr: string | Prefix,
  type: 'host' | 'virtual' = 'host',
): Readonly<Record<string, string>> {
  const family: Family = (typeof cidr === 'string' ? parsePrefix(cidr)?.family : cidr.family) ?? 4
  return {
    [affinityLabels.hostnameHash]: hostnameHash(host),
    [affinityLabels.affinityType]: type,
    [affinityLabels.ipVersion]: String(family),
  }
}

/** Base32 without padding of SHA3-256: a label value cannot hold every node name. */
export function hostnameHash(host: string): string {
  const digest = createHash('sha3-256').update(host).digest()
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of digest) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet.charAt((value >> bits) & 31)
    }
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + alphabet.charAt((value << (5 - bits)) & 31)
}
