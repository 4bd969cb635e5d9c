import type { Policy } from '@manx/api'
import type { Issue } from '../issue.ts'
import { aboutPolicy } from './policy-names.ts'

/** Takes the place of a policy that cannot be followed: it selects the same endpoints, and lets nothing through. */
export function denyingPolicy(policy: Policy): Policy {
  return { ...policy, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] }
}

export function refusal(policy: Policy, error: unknown): Issue {
  const value = error instanceof Error ? error.message : String(error)
  const message = 'the policy cannot be followed: everything from and to the pods that it selects is denied'
  return { ...aboutPolicy(policy), field: 'rules', value, message }
}

/** It has no effect until there is such a tier. */
export function withoutTier(policy: Policy): Issue {
  const message = 'there is no such tier: the policy has no effect until there is'
  return { ...aboutPolicy(policy), field: 'tier', value: policy.tier, message }
}
