import type { AppliedTier } from '../evaluate/decide.ts'
import type { AddressFacts } from '../evaluate/match-rule.ts'

/** What is asked of one endpoint's packets. */
export interface EndpointPolicies {
  /** False: its pod is not known, or it was refused; everything from and to it is dropped, whatever the lists say. */
  readonly known: boolean
  readonly ingress: readonly AppliedTier[]
  readonly egress: readonly AppliedTier[]
}

/** Counts of what there is now. */
export interface PolicyStatistics {
  /** All that were handed in. */
  readonly policies: number
  readonly tiers: number
  readonly pods: number
  readonly namespaces: number
  readonly serviceAccounts: number
  /** Policies that apply to some endpoint of this node; only these are in the kernel. */
  readonly activePolicies: number
  /** Selectors in rules of active policies, whose pods are kept track of. */
  readonly selectors: number
  /** Policy sets, their members, and chains of policies and lists. */
  readonly sets: number
  readonly members: number
  readonly chains: number
}

/**
 * The state that policies are judged by, as of the last flush; for reading only. Selectors may be asked about only when they
 * are in rules of active policies.
 */
export interface PolicyView extends AddressFacts {
  /** Interface of the local endpoint that has this address (canonical text). */
  interfaceOf(address: string): string | undefined
  policiesOf(interfaceName: string): EndpointPolicies
  statistics(): PolicyStatistics
}
