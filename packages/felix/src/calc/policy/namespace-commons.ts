import { type Policy, type PolicyDirection, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { ActivePolicies } from './active-policies.ts'
import { listedCommons } from './own-tiers.ts'
import { placeInLists } from './place-in-lists.ts'
import type { PolicyList } from './policy-lists.ts'

/** What all endpoints of a namespace have in common in one direction. */
interface Common {
  readonly tiers: readonly AppliedTier[]
  readonly keys: readonly string[]
  /** What lists depend on. */
  readonly listed: string
}

interface CommonPair {
  readonly Ingress: Common
  readonly Egress: Common
}

const nothing: Common = { tiers: [], keys: [], listed: '[]' }
const nothings: CommonPair = { Ingress: nothing, Egress: nothing }

/** The policies that namespaces of this node's endpoints decide. */
export class NamespaceCommons {
  readonly #active: ActivePolicies
  readonly #commons = new Map<string, CommonPair>()

  constructor(active: ActivePolicies) {
    this.#active = active
  }

  of(namespace: string, direction: PolicyDirection): Common {
    return (this.#commons.get(namespace) ?? nothings)[direction]
  }

  /**
   * Finds them anew. What it gives says whether a list of the namespace's must be found anew, too; undefined: nothing differs,
   * as after most comings and goings of endpoints.
   */
  update(namespace: string): ((list: PolicyList) => boolean) | undefined {
    const before = this.#commons.get(namespace) ?? nothings
    const { ingress, egress } = this.#active.inOrder(this.#active.commonTo(namespace))
    const after = { Ingress: commonOf(ingress, 'Ingress'), Egress: commonOf(egress, 'Egress') }
    if (after.Ingress.keys.length + after.Egress.keys.length === 0) this.#commons.delete(namespace)
    else this.#commons.set(namespace, after)
    if (isSame(before.Ingress.tiers, after.Ingress.tiers) && isSame(before.Egress.tiers, after.Egress.tiers)) {
      return undefined
    }
    return ({ direction, own, inlines }) => {
      const [old, now] = [before[direction], after[direction]]
      if (own.length === 0) return (old.keys.length === 0) !== (now.keys.length === 0)
      return inlines || old.listed !== now.listed
    }
  }
}

/** The same policies at the same places: what a policy says is in its own chain. */
const isSame = (before: readonly AppliedTier[], after: readonly AppliedTier[]): boolean =>
  before.length === after.length &&
  before.every(({ tier, policies }, index) => {
    const other = after[index]
    return (
      other?.tier === tier &&
      other.policies.length === policies.length &&
      policies.every((policy, place) => isSamePolicy(policy, other.policies[place]))
    )
  })

const isSamePolicy = (policy: Policy, other: Policy | undefined): boolean =>
  policy === other ||
  (other !== undefined && policyKey(policy) === policyKey(other) && placeInLists(policy) === placeInLists(other))

function commonOf(tiers: readonly AppliedTier[], direction: PolicyDirection): Common {
  if (tiers.length === 0) return nothing
  const keys = tiers.flatMap(({ policies }) => policies.map(policyKey))
  return { tiers, keys, listed: listedCommons(tiers, direction) }
}
