import { isDeepStrictEqual } from 'node:util'
import {
  type Labels,
  namespaceProfileLabels,
  type Policy,
  type PolicyTier,
  serviceAccountProfileLabels,
  type WorkloadEndpoint,
} from '@manx/api'
import type { MembersDelta } from '../delta.ts'
import type { Issue } from '../issue.ts'
import type { ItemStore } from '../item-store.ts'
import { membersKey, setKey } from '../items.ts'
import type { Settings } from '../parameters.ts'
import type { PodState } from '../pod-state.ts'
import type { PolicyStatistics, PolicyView } from '../policy-view.ts'
import type { Rule } from '../ruleset.ts'
import { PodIndex } from '../sets/pod-index.ts'
import { PolicySets } from '../sets/policy-sets.ts'
import { ActivePolicies, policyOwner } from './active-policies.ts'
import { type CheckedPolicy, checkPolicy } from './check-policy.ts'
import { concernsPods } from './concerns-pods.ts'
import { createPolicyView } from './create-policy-view.ts'
import { dispatchOwner, EndpointLists } from './endpoint-lists.ts'
import { namespaceParent, serviceAccountParent } from './parents.ts'
import { PodStates } from './pod-states.ts'
import type { CompileOptions } from './policy-chain.ts'
import { type PolicyList, PolicyLists } from './policy-lists.ts'
import { denyingPolicy, refusal } from './refuse-policy.ts'

/** What policies are calculated from, one object at a time. Without `value` the object is gone. */
export type PolicyEvent =
  /** Every pod of the cluster, by `namespace/name`. Not known while its namespace is not. */
  | { readonly kind: 'pod'; readonly name: string; readonly value?: PodState }
  /** Labels of a namespace. */
  | { readonly kind: 'namespace'; readonly name: string; readonly value?: Labels }
  /** Labels of a service account, by `namespace/name`. */
  | { readonly kind: 'serviceAccount'; readonly name: string; readonly value?: Labels }
  /** By `policyKey`. */
  | { readonly kind: 'policy'; readonly name: string; readonly value?: Policy }
  | { readonly kind: 'tier'; readonly name: string; readonly value?: PolicyTier }

type ObjectEvent = Exclude<PolicyEvent, { kind: 'pod' }>

/** The policy part of the calculation: from pods, labels and policies to sets, chains, and where each endpoint's packets go. */
export class PolicyCalculator {
  readonly #items: ItemStore
  readonly #pods = new PodIndex()
  readonly #sets: PolicySets
  readonly #active: ActivePolicies
  readonly #lists: PolicyLists
  readonly #endpoints: EndpointLists
  readonly #states: PodStates
  readonly #issues = new Map<string, readonly Issue[]>()
  /** Names of the objects that there are, by kind. */
  readonly #objects = { namespace: new Set(), serviceAccount: new Set(), policy: new Set(), tier: new Set() } as const
  /** Events since the last flush, the last one of each object. */
  readonly #pending = new Map<string, ObjectEvent>()
  /** Endpoints whose lists are to be found anew, whatever happened to policies. */
  readonly #fresh = new Set<string>()
  readonly #keys = new WeakMap<PolicyList, { readonly version: number; readonly keys: readonly string[] }>()
  #options: CompileOptions
  /** What policies are judged by, as of the last flush. */
  readonly view: PolicyView

  constructor(items: ItemStore, settings: Settings, checkRule: (rule: Rule) => void) {
    this.#items = items
    this.#options = optionsOf(settings)
    this.#sets = new PolicySets(items, this.#pods)
    this.#active = new ActivePolicies({ items, sets: this.#sets, compile: this.#options, checkRule })
    this.#lists = new PolicyLists(items)
    this.#endpoints = new EndpointLists(items, this.#active, this.#lists)
    this.#states = new PodStates(this.#pods, (name, pod) => this.#endpointChanged(name, pod))
    this.view = createPolicyView({
      pods: this.#pods,
      endpoints: this.#endpoints,
      states: this.#states,
      statistics: () => this.#statistics(),
    })
  }

  configure(settings: Settings): void {
    const options = optionsOf(settings)
    if (isDeepStrictEqual(options, this.#options)) return
    this.#options = options
    this.#active.configure(options)
  }

  update(event: PolicyEvent): void {
    if (event.kind === 'pod') this.#states.setPod(event.name, event.value)
    else this.#pending.set(`${event.kind}/${event.name}`, event)
  }

  /** An endpoint that the kernel can have; `live` is what ADD read of its pod. */
  setEndpoint(name: string, endpoint: WorkloadEndpoint | undefined, live: PodState | undefined): void {
    this.#states.setEndpoint(name, endpoint, live)
  }

  /** Brings the items up to date, and gives what is not items. To be followed by the flush of the items. */
  flush(): readonly MembersDelta[] {
    for (const event of this.#pending.values()) this.#apply(event)
    this.#pending.clear()
    this.#states.flush()
    const { endpoints, namespaces, everything } = this.#active.flush()
    const touched = new Map([...endpoints].filter(([name]) => typeof this.#endpoints.get(name) === 'object'))
    for (const name of this.#fresh) touched.set(name, undefined)
    this.#fresh.clear()
    this.#endpoints.update({ endpoints: touched, namespaces, everything }, this.#options.passMark)
    return this.#sets.flush()
  }

  /** What in policies cannot be followed. */
  issues(): readonly Issue[] {
    return [...[...this.#issues.values()].flat(), ...this.#active.issues()]
  }

  /** True when the API was heard of this pod, and not of another one of the same name. */
  hasPod(key: string, uid: string | undefined): boolean {
    return this.#states.has(key, uid)
  }

  /** False: its pod is not known, as of the last flush. */
  isKnown(interfaceName: string): boolean {
    return typeof this.#endpoints.get(interfaceName) === 'object'
  }

  /** True when the endpoint's own pod, or its namespace, has changed since the last flush. */
  isDirty(interfaceName: string): boolean {
    const namespace = this.#active.namespaceOf(interfaceName)
    return this.#states.isDirty(interfaceName) || this.#pending.has(`namespace/${namespace ?? ''}`)
  }

  hasMembers(key: string): boolean {
    return this.#sets.hasKey(key)
  }

  /** Keys of everything that the policies of an endpoint need in the kernel, as of the last flush. */
  keysOf(interfaceName: string): readonly string[] {
    const own = this.#items.keysOf(dispatchOwner(interfaceName))
    const pair = this.#endpoints.get(interfaceName)
    if (typeof pair !== 'object') return own
    return [...own, ...this.#listKeys(pair.ingress), ...this.#listKeys(pair.egress)]
  }

  #listKeys(list: PolicyList): readonly string[] {
    const { version } = this.#endpoints
    const known = this.#keys.get(list)
    if (known?.version === version) return known.keys
    const owners = this.#endpoints.policiesOf(list).map((key) => policyOwner(key, list.direction))
    const sets = new Set(owners.flatMap((owner) => this.#sets.setsOf(owner).map(({ name }) => name)))
    const keys = [
      ...this.#lists.keysOf(list),
      ...owners.flatMap((owner) => this.#items.keysOf(owner)),
      ...[...sets].flatMap((name) => [setKey(name), membersKey(name)]),
    ]
    this.#keys.set(list, { version, keys })
    return keys
  }

  #endpointChanged(name: string, pod: PodState | 'unknown' | 'gone'): void {
    if (typeof pod === 'object') {
      const isMoved = this.#active.namespaceOf(name) !== pod.namespace
      this.#active.setEndpoint(name, pod)
      if (isMoved || !this.isKnown(name)) this.#fresh.add(name)
      return
    }
    this.#active.setEndpoint(name, undefined)
    this.#fresh.delete(name)
    if (pod === 'gone') this.#endpoints.remove(name)
    else this.#endpoints.setUnknown(name)
  }

  #apply(event: ObjectEvent): void {
    const { kind, name, value } = event
    if (value === undefined) this.#objects[kind].delete(name)
    else this.#objects[kind].add(name)
    switch (kind) {
      case 'namespace':
        this.#states.setNamespace(name, value !== undefined)
        this.#setParent(namespaceParent(name), value === undefined ? value : namespaceProfileLabels(name, value))
        break
      case 'serviceAccount': {
        const own = name.slice(name.indexOf('/') + 1)
        this.#setParent(
          serviceAccountParent(name),
          value === undefined ? value : serviceAccountProfileLabels(own, value),
        )
        break
      }
      case 'policy': {
        const { policy, issues } = value === undefined || !concernsPods(value) ? notFollowed : checkedOrRefused(value)
        if (issues.length === 0) this.#issues.delete(name)
        else this.#issues.set(name, issues)
        this.#active.setPolicy(name, policy)
        break
      }
      case 'tier':
        this.#active.setTier(name, value)
        break
    }
  }

  #setParent(parent: string, labels: Labels | undefined): void {
    this.#pods.setParent(parent, labels)
    this.#active.setParent(parent, labels)
  }

  #statistics(): PolicyStatistics {
    return {
      policies: this.#objects.policy.size,
      tiers: this.#objects.tier.size,
      pods: this.#states.size,
      namespaces: this.#objects.namespace.size,
      serviceAccounts: this.#objects.serviceAccount.size,
      activePolicies: this.#active.size,
      selectors: this.#pods.selectors,
      sets: this.#sets.size,
      members: this.#sets.memberCount,
      chains: this.#active.chainCount + this.#lists.chainCount,
    }
  }
}

const notFollowed: CheckedPolicy = { policy: undefined, issues: [] }

function checkedOrRefused(policy: Policy): CheckedPolicy {
  try {
    return checkPolicy(policy)
  } catch (error) {
    return { policy: denyingPolicy(policy), issues: [refusal(policy, error)] }
  }
}

/** The lowest bit of the mask is the one that says Pass. */
function optionsOf({ ipv6Support, nftablesMarkMask, logPrefix }: Settings): CompileOptions {
  const lowest = (nftablesMarkMask & -nftablesMarkMask) >>> 0
  return { families: ipv6Support ? [4, 6] : [4], passMark: lowest, logPrefix }
}
