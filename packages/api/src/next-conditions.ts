import type { Condition } from './metadata.ts'

/** What is to be said of an object; the rest of a condition follows from what was said before. */
export type WantedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * The conditions to write: each keeps the time of its last change of status. Undefined when all is said already. Conditions
 * that are not wanted go.
 */
export function nextConditions(
  before: readonly Condition[],
  wanted: readonly WantedCondition[],
  { now, generation }: { readonly now: number; readonly generation?: number | undefined },
): readonly Condition[] | undefined {
  const known = new Map(before.map((condition) => [condition.type, condition]))
  const same = wanted.every((condition) => {
    const old = known.get(condition.type)
    return (
      old?.status === condition.status &&
      old.reason === condition.reason &&
      old.message === condition.message &&
      old.observedGeneration === generation
    )
  })
  if (same && known.size === wanted.length) return undefined
  return wanted.map((condition) => {
    const old = known.get(condition.type)
    const lastTransitionTime =
      old?.status === condition.status ? old.lastTransitionTime : new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
    return {
      ...condition,
      lastTransitionTime,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    }
  })
}
