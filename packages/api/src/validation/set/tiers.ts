import type { AnyKind } from '../../kind.ts'
import { GlobalNetworkPolicy } from '../../kinds/global-network-policy.ts'
import { CalicoNetworkPolicy } from '../../kinds/network-policy.ts'
import { StagedGlobalNetworkPolicy } from '../../kinds/staged-global-network-policy.ts'
import { StagedNetworkPolicy } from '../../kinds/staged-network-policy.ts'
import { Tier } from '../../kinds/tier.ts'
import { isObject } from '../../schema/validate.ts'
import { suggest } from '../../suggest.ts'
import type { World, WorldObject } from './world.ts'

/** Every cluster has these. */
const builtIn = ['default', 'kube-admin', 'kube-baseline']

export const tieredKinds: readonly AnyKind[] = [
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  StagedNetworkPolicy,
  StagedGlobalNetworkPolicy,
]

export function tierOf({ object }: WorldObject): string {
  const { spec } = object as { readonly spec?: unknown }
  const tier = isObject(spec) ? spec.tier : undefined
  return typeof tier !== 'string' || tier === '' ? 'default' : tier
}

/**
 * Policies in a tier that nothing makes. A tier that nobody could look for may be there: it need not be made where its policies
 * are. Only a name that is nearly one of the documents', or one that every cluster has, is told then.
 */
export function checkTiers(world: World): void {
  const isComplete = world.isComplete(Tier)
  const names = new Set([...builtIn, ...world.namesOf(Tier)])
  for (const kind of tieredKinds) {
    for (const policy of world.allOf(kind)) {
      const tier = tierOf(policy)
      const prefix = policy.name.split('.', 1)[0] ?? ''
      if (!names.has(tier)) {
        const near = suggest(tier, names)
        if (!isComplete && near === undefined) continue
        const where = isComplete ? 'neither the cluster nor these documents have' : 'these documents do not have'
        const message = `names a tier that ${where}: ${near === undefined ? `there are ${[...names].join(', ')}` : `write ${near}`}`
        const issue = { path: 'spec.tier', value: tier, message, ...(near === undefined ? {} : { suggestion: near }) }
        world.warn(policy, 'UnknownTier', issue)
      } else if (tier === 'default' && prefix !== policy.name && prefix !== 'default' && names.has(prefix)) {
        const message = `says tier ${prefix}, but the policy is in the tier default: write spec.tier: ${prefix}`
        world.warn(policy, 'UnknownTier', { path: 'metadata.name', value: policy.name, message })
      }
    }
  }
}
