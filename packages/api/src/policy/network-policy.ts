import type { Issue } from '../kind.ts'
import type { Policy } from './model.ts'

/** What became of an object that says policy: what can be read of it, and what is wrong with it. */
export interface ConvertedPolicy {
  /** Undefined when the object cannot have any effect: it cannot be read whom it applies to. */
  readonly policy: Policy | undefined
  readonly issues: readonly Issue[]
}

/** Brings a NetworkPolicy of Kubernetes into the one form of all policies. Takes anything, never throws. */
export function networkPolicyToPolicy(object: unknown): ConvertedPolicy {
  return { policy: undefined, issues: [{ path: '', value: object, message: 'is not read yet' }] }
}
