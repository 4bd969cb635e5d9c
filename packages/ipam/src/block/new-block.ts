import { addressBits, type Prefix } from '@manx/api'
import type { Block } from './block.ts'

/** A block with all addresses free, the first and the last included. `now` in milliseconds since 1970. */
export function newBlock(prefix: Prefix, affinity: string | undefined, now: number): Block {
  const size = 2 ** (addressBits(prefix.family) - prefix.length)
  return {
    prefix,
    ...(affinity === undefined ? {} : { affinity, claimTime: rfc3339(now) }),
    allocations: new Array<number | null>(size).fill(null),
    unallocated: Array.from({ length: size }, (_, ordinal) => ordinal),
    attributes: [],
    // Microseconds, so that a block deleted and made again never repeats a number of its former life. (Calico takes
    // nanoseconds, which are beyond what a JavaScript number holds; nobody compares numbers of different blocks.)
    sequenceNumber: BigInt(now) * 1000n,
    sequenceNumbers: new Map(),
  }
}

/** The API server's time format: whole seconds in UTC. */
export const rfc3339 = (now: number): string => new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
