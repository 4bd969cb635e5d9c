import { formatPrefix, type IPAMBlock, parsePrefix } from '@manx/api'
import { IpamError } from '../ipam-error.ts'
import type { AllocationAttributes, Block } from './block.ts'

type StoredBlock = IPAMBlock['spec']
type StoredAttributes = StoredBlock['attributes'][number]

/** Reads a stored block; throws `Malformed` with the block's CIDR when it makes no sense. */
export function decodeBlock(stored: StoredBlock): Block {
  const prefix = parsePrefix(stored.cidr)
  if (prefix === undefined) throw new IpamError('Malformed', `IPAMBlock: spec.cidr "${stored.cidr}" is not a CIDR`)
  const sequenceNumbers = new Map<number, bigint>()
  for (const [ordinal, number] of Object.entries(stored.sequenceNumberForAllocation ?? {})) {
    sequenceNumbers.set(Number(ordinal), toBigInt(number))
  }
  return {
    prefix,
    ...(stored.affinity === undefined ? {} : { affinity: stored.affinity }),
    ...(stored.affinityClaimTime === undefined ? {} : { claimTime: stored.affinityClaimTime }),
    allocations: stored.allocations,
    unallocated: stored.unallocated,
    attributes: stored.attributes.map(decodeAttributes),
    sequenceNumber: toBigInt(stored.sequenceNumber ?? 0),
    sequenceNumbers,
  }
}

/** The block as it is stored. `strictAffinity` is a leftover of Calico's that must be written and is always false. */
export function encodeBlock(block: Block): StoredBlock {
  const sequenceNumberForAllocation: Record<string, number> = {}
  for (const [ordinal, number] of block.sequenceNumbers) sequenceNumberForAllocation[ordinal] = fromBigInt(number)
  return {
    cidr: formatPrefix(block.prefix),
    ...(block.affinity === undefined ? {} : { affinity: block.affinity }),
    ...(block.claimTime === undefined ? {} : { affinityClaimTime: block.claimTime }),
    strictAffinity: false,
    allocations: block.allocations,
    unallocated: block.unallocated,
    attributes: block.attributes.map(encodeAttributes),
    sequenceNumber: fromBigInt(block.sequenceNumber),
    sequenceNumberForAllocation,
    deleted: false,
  }
}

function decodeAttributes(stored: StoredAttributes): AllocationAttributes {
  return {
    ...(stored.handle_id === undefined ? {} : { handle: stored.handle_id }),
    owner: stored.secondary ?? {},
    ...(stored.alternateOwnerAttrs === undefined ? {} : { alternateOwner: stored.alternateOwnerAttrs }),
    ...(stored.releasedAt === undefined ? {} : { releasedAt: stored.releasedAt }),
  }
}

function encodeAttributes(attributes: AllocationAttributes): StoredAttributes {
  return {
    ...(attributes.handle === undefined ? {} : { handle_id: attributes.handle }),
    ...(Object.keys(attributes.owner).length === 0 ? {} : { secondary: attributes.owner }),
    ...(attributes.alternateOwner === undefined ? {} : { alternateOwnerAttrs: attributes.alternateOwner }),
    ...(attributes.releasedAt === undefined ? {} : { releasedAt: attributes.releasedAt }),
  }
}

const toBigInt = (stored: number | bigint): bigint => BigInt(stored)

/**
 * Numbers of blocks that Calico made are nanoseconds, beyond what a JavaScript number holds; they go into JSON digit by
 * digit. The cast is honest for JSON.stringify alone, which is all that happens to an encoded block.
 */
function fromBigInt(value: bigint): number {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : (rawJson(value.toString()) as unknown as number)
}

const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): object }
