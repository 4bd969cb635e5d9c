import { addressBits, formatPrefix, type IPPool, type Prefix, parsePrefix } from '@manx/api'
import type { DesiredPeer, DesiredPolicy, PrefixRange } from './desired.ts'

export interface PolicyInput {
  readonly pools: Iterable<IPPool>
  readonly ownBlocks: readonly Prefix[]
  readonly peers: readonly PlannedPeer[]
  readonly importAll: boolean
}

/** A session and what the policies have to do for it. */
export interface PlannedPeer {
  readonly peer: DesiredPeer
  /** Gets routes that this node learned from others. */
  readonly reflect: boolean
  readonly nextHop: 'Auto' | 'Self' | 'Keep'
}

/** What may come in and go out. */
export function planPolicy({ pools, ownBlocks, peers, importAll }: PolicyInput): DesiredPolicy {
  const inside: PrefixRange[] = []
  const withheld: PrefixRange[] = []
  for (const { spec } of pools) {
    const prefix = parsePrefix(spec.cidr)
    if (prefix === undefined) continue
    inside.push(longerOrEqual(prefix))
    if (spec.disableBGPExport === true) withheld.push(longerOrEqual(prefix))
  }
  const addresses = (wanted: (planned: PlannedPeer) => boolean) =>
    peers
      .filter(wanted)
      .map(({ peer }) => peer.address)
      .sort()
  return {
    ownBlocks: ownBlocks.map(ownRange).sort(byPrefix),
    pools: inside.sort(byPrefix),
    withheld: withheld.sort(byPrefix),
    importAll,
    reflectTo: addresses(({ reflect }) => reflect),
    nextHopSelf: addresses(({ nextHop }) => nextHop === 'Self'),
    nextHopKeep: addresses(({ nextHop }) => nextHop === 'Keep'),
  }
}

function longerOrEqual(prefix: Prefix): PrefixRange {
  return { prefix: formatPrefix(prefix), min: prefix.length, max: addressBits(prefix.family) }
}

/** Leaves out single addresses: one that another node borrowed from this block must be learned from there. */
function ownRange(block: Prefix): PrefixRange {
  const bits = addressBits(block.family)
  return { prefix: formatPrefix(block), min: block.length, max: Math.max(block.length, bits - 1) }
}

function byPrefix(a: PrefixRange, b: PrefixRange): number {
  return a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0
}
