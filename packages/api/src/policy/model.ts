/** What a rule does with a packet that it matches. Log goes on with the next rule; Pass goes on with the next tier. */
export type RuleAction = 'Allow' | 'Deny' | 'Pass' | 'Log'

export type PolicyDirection = 'Ingress' | 'Egress'

/** Ports from first to last, both included, or a name that each endpoint resolves among its own ports. */
export type PolicyPort = { readonly from: number; readonly to: number } | { readonly name: string }

/** An IP protocol by number, as in IANA's registry (TCP is 6, UDP 17, SCTP 132). */
export type ProtocolNumber = number

/** One side of a rule. All that is given must hold; within a list one is enough, within a `not` list none may hold. */
export interface EntityMatch {
  /** Effective selectors: namespaces and service accounts are part of the expression (`pcns.`, `pcsa.` labels). Canonical text. */
  readonly selector?: string
  readonly notSelector?: string
  /** Canonical prefix texts. An empty list matches nothing; absent is no condition. */
  readonly nets?: readonly string[]
  readonly notNets?: readonly string[]
  /** An empty list matches nothing; absent is no condition. Ports need a protocol in the rule. */
  readonly ports?: readonly PolicyPort[]
  readonly notPorts?: readonly PolicyPort[]
  /** The endpoints of a service, with their ports. Only there when whoever asked for the conversion follows services. */
  readonly service?: ServiceName
}

export interface ServiceName {
  readonly namespace: string
  readonly name: string
}

export interface IcmpMatch {
  readonly type?: number
  readonly code?: number
}

export interface PolicyRule {
  readonly action: RuleAction
  readonly ipVersion?: 4 | 6
  readonly protocol?: ProtocolNumber
  readonly notProtocol?: ProtocolNumber
  /** Needs protocol 1 or 58. */
  readonly icmp?: IcmpMatch
  readonly notIcmp?: IcmpMatch
  readonly source?: EntityMatch
  readonly destination?: EntityMatch
}

/** The kinds of objects that policies are written as. */
export type PolicyKind =
  | 'KubernetesNetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'CalicoNetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'StagedKubernetesNetworkPolicy'
  | 'StagedNetworkPolicy'
  | 'StagedGlobalNetworkPolicy'

/** What enforcing a policy on trial would do. */
export type StagedAction = 'Set' | 'Delete' | 'Learn' | 'Ignore'

/**
 * The one form into which every kind of policy is brought, and from which the kernel's rules, the reference evaluator and
 * explanations are made.
 */
export interface Policy {
  readonly kind: PolicyKind
  /** Absent for kinds without namespace. */
  readonly namespace?: string
  readonly name: string
  readonly tier: string
  /** Lower is first; Infinity is last. Policies of one order follow each other as `comparePolicies` says. */
  readonly order: number
  /** Effective selector of the endpoints that it applies to; canonical text. */
  readonly selector: string
  /** A direction that is not named here is not touched by the policy. */
  readonly types: readonly PolicyDirection[]
  readonly ingress: readonly PolicyRule[]
  readonly egress: readonly PolicyRule[]
  /** Present: the policy is on trial and changes no packet. */
  readonly staged?: StagedAction
  /** Of host endpoints, also for packets that only pass through the host. */
  readonly applyOnForward?: true
  /** For host endpoints only, before connection tracking. */
  readonly doNotTrack?: true
  /** For host endpoints only, before destinations are translated. */
  readonly preDNAT?: true
  readonly performanceHints?: readonly 'AssumeNeededOnEveryNode'[]
}

export interface PolicyTier {
  readonly name: string
  /** Lower is first; Infinity is last. */
  readonly order: number
  /** For packets that no policy of the tier decided, of endpoints that some policy of the tier applies to. */
  readonly defaultAction: 'Deny' | 'Pass'
}

/** The tier of Kubernetes' and of untiered policies. */
export const defaultTier: PolicyTier = { name: 'default', order: 1_000_000, defaultAction: 'Deny' }

/** The tier of ClusterNetworkPolicies that are asked before all others. */
export const adminTier: PolicyTier = { name: 'kube-admin', order: 1000, defaultAction: 'Pass' }

/** The tier of ClusterNetworkPolicies that are asked when no NetworkPolicy applies. */
export const baselineTier: PolicyTier = { name: 'kube-baseline', order: 10_000_000, defaultAction: 'Pass' }

/** `kind/namespace/name`, unique among policies of all kinds. */
export const policyKey = ({ kind, namespace, name }: Pick<Policy, 'kind' | 'namespace' | 'name'>): string =>
  `${kind}/${namespace ?? ''}/${name}`

/** A port that a pod gave a name. */
export interface NamedPort {
  readonly name: string
  readonly protocol: ProtocolNumber
  readonly port: number
}

/**
 * A pod as policies see it, wherever it runs. Its effective labels are its own, those of `endpointLabels`, and those that its
 * namespace and service account lend it (`pcns.`, `pcsa.`).
 */
export interface PolicyEndpoint {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly labels: Readonly<Record<string, string>>
  /** Canonical addresses without length; empty until they are known. */
  readonly addresses: readonly string[]
  readonly ports: readonly NamedPort[]
}
