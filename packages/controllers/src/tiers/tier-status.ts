import { idleKindEffect, idleRest, Tier, type WantedCondition } from '@manx/api'
import type { KnownTier } from './tier-informers.ts'

/** How many of the policies that hold a tier are named. */
const named = 10
/** How much is said of what is wrong with one. */
const longest = 1000

/** What is said of a tier. `holders` are the policies in one that is being deleted, as `kind name`. */
export function tierConditions(
  { name, terminating, fault }: Pick<KnownTier, 'name' | 'terminating' | 'fault'>,
  holders: readonly string[],
): WantedCondition[] {
  const wrong = fault === undefined ? undefined : `The tier is malformed: ${fault.slice(0, longest)}`
  if (!terminating) {
    return [wrong === undefined ? ready(name) : { type: 'Ready', status: 'False', reason: 'Invalid', message: wrong }]
  }
  const message = [heldMessage(holders), ...(wrong === undefined ? [] : [wrong])].join('. ')
  return [
    { type: 'Ready', status: 'False', reason: 'Terminating', message },
    { type: 'Terminating', status: 'True', reason: holders.length === 0 ? 'Deleted' : 'PoliciesInTier', message },
  ]
}

function ready(name: string): WantedCondition {
  const idle = idleKindEffect(Tier, name)
  if (idle === undefined) return { type: 'Ready', status: 'True', reason: 'OK', message: idleRest(Tier, name) ?? '' }
  return { type: 'Ready', status: 'False', reason: 'NotEnforced', message: `Tiers are not in force yet: ${idle}` }
}

export function heldMessage(holders: readonly string[]): string {
  if (holders.length === 0) return 'The tier is being deleted'
  const sorted = holders.toSorted((a, b) => (a < b ? -1 : 1))
  const more = sorted.length > named ? ` and ${sorted.length - named} more` : ''
  return `The tier is being deleted and goes when no policy is in it; until then its policies hold: ${sorted.slice(0, named).join(', ')}${more}`
}
