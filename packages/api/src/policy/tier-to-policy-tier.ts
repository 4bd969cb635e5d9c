import type { Tier } from '../kinds/tier.ts'
import { adminTier, baselineTier, defaultTier, type PolicyTier } from './model.ts'

/** The tiers that are there whether or not somebody made an object for them. */
export const builtInTiers: readonly PolicyTier[] = [adminTier, defaultTier, baselineTier]

/** A tier as policies are sorted by. Of built-in tiers nothing can be changed; a tier without an order has that of `default`. */
export function tierToPolicyTier({ metadata, spec }: Pick<Tier, 'metadata' | 'spec'>): PolicyTier {
  const builtIn = builtInTiers.find(({ name }) => name === metadata.name)
  if (builtIn !== undefined) return builtIn
  return {
    name: metadata.name,
    order: spec.order ?? defaultTier.order,
    defaultAction: spec.defaultAction === 'Pass' ? 'Pass' : 'Deny',
  }
}
