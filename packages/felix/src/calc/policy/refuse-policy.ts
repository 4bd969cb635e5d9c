import type { Policy } from '@manx/api'
import type { Issue } from '../issue.ts'
import { policyTitle } from './policy-names.ts'

/** Takes the place of a policy that cannot be followed: it selects the same endpoints, and lets nothing through. */
export function denyingPolicy(policy: Policy): Policy {
  return { ...policy, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] }
}

export function refusal(policy: Policy, error: unknown): Issue {
  const value = error instanceof Error ? error.message : String(error)
  const message = 'the policy cannot be followed: everything from and to the pods that it selects is denied'
  return { object: policyTitle(policy), field: 'rules', value, message }
}
