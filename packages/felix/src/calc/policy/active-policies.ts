import {
  defaultTier,
  endpointLabels,
  LabelIndex,
  type Labels,
  type Policy,
  type PolicyDirection,
  type PolicyTier,
} from '@manx/api'
import { compare } from '../compare.ts'
import type { Issue } from '../issue.ts'
import type { ItemStore } from '../item-store.ts'
import type { PodState } from '../pod-state.ts'
import type { Rule } from '../ruleset.ts'
import { knownSelector } from '../sets/known-selector.ts'
import type { PolicySets } from '../sets/policy-sets.ts'
import { type AppliedPolicies, appliedPolicies } from './applied-policies.ts'
import { parentsOf } from './parents.ts'
import { type CompiledPolicy, type CompileOptions, compilePolicy, mayPass } from './policy-chain.ts'
import { denyingPolicy, refusal } from './refuse-policy.ts'

/** The owner of a policy's chain of one direction and of the sets that it uses. */
export const policyOwner = (key: string, direction: PolicyDirection): string => `policy/${direction}/${key}`

const directions: readonly PolicyDirection[] = ['Ingress', 'Egress']

export interface ActivePoliciesOptions {
  readonly items: ItemStore
  readonly sets: PolicySets
  readonly compile: CompileOptions
  /** Throws for a rule that the kernel cannot be told. */
  readonly checkRule: (rule: Rule) => void
}

/** The policies that apply to endpoints of this node, and their chains. Others cost no more than their selector. */
export class ActivePolicies {
  readonly #items: ItemStore
  readonly #sets: PolicySets
  readonly #checkRule: (rule: Rule) => void
  readonly #index: LabelIndex
  readonly #policies = new Map<string, Policy>()
  readonly #tiers = new Map<string, PolicyTier>([[defaultTier.name, defaultTier]])
  readonly #compiled = new Set<string>()
  /** What was handed in of policies that cannot be followed. In their place are others that deny everything. */
  readonly #refused = new Map<string, { readonly policy: Policy; readonly issue: Issue }>()
  readonly #changed = new Set<string>()
  /** Policies that began or ceased to apply to some endpoint. */
  readonly #moved = new Set<string>()
  #touched = new Map<string, Set<string>>()
  #options: CompileOptions
  /** Raised whenever a chain or what it uses has changed. */
  version: number = 0

  constructor({ items, sets, compile, checkRule }: ActivePoliciesOptions) {
    this.#items = items
    this.#sets = sets
    this.#options = compile
    this.#checkRule = checkRule
    const onChange = (key: string, endpoint: string) => {
      this.#moved.add(key)
      this.#touch(endpoint, key)
    }
    this.#index = new LabelIndex({ onMatch: onChange, onUnmatch: onChange })
  }

  get size(): number {
    return this.#compiled.size
  }

  get chainCount(): number {
    let count = 0
    for (const key of this.#compiled) count += this.#policies.get(key)?.types.length ?? 0
    return count
  }

  /** Active policies that cannot be followed. */
  issues(): readonly Issue[] {
    return [...this.#refused.values()].map(({ issue }) => issue)
  }

  configure(options: CompileOptions): void {
    this.#options = options
    for (const key of this.#compiled) this.#changed.add(key)
  }

  setEndpoint(name: string, pod: PodState | undefined): void {
    if (pod === undefined) this.#index.deleteItem(name)
    else this.#index.setItem(name, endpointLabels(pod), parentsOf(pod))
  }

  setParent(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#index.deleteParent(name)
    else this.#index.setParent(name, labels)
  }

  setPolicy(key: string, policy: Policy | undefined): void {
    const before = this.#policies.get(key)
    this.#refused.delete(key)
    this.#changed.add(key)
    if (policy === undefined) {
      this.#policies.delete(key)
      this.#index.removeSelector(key)
      return
    }
    this.#policies.set(key, policy)
    this.#index.addSelector(key, knownSelector(policy.selector).selector)
    if (before !== undefined && placeOf(before) !== placeOf(policy)) this.#touchAll(key)
  }

  setTier(name: string, tier: PolicyTier | undefined): void {
    const next = tier ?? (name === defaultTier.name ? defaultTier : undefined)
    if (next === undefined) this.#tiers.delete(name)
    else this.#tiers.set(name, next)
    for (const [key, policy] of this.#policies) {
      if (policy.tier !== name) continue
      this.#changed.add(key)
      this.#touchAll(key)
    }
  }

  /** Brings the chains up to date. Gives, for each endpoint whose list may be another now, the policies that are the reason. */
  flush(): ReadonlyMap<string, ReadonlySet<string>> {
    for (const key of this.#moved) if (this.#isActive(key) !== this.#compiled.has(key)) this.#changed.add(key)
    this.#moved.clear()
    for (const key of this.#changed) this.#compile(key)
    this.#changed.clear()
    const touched = this.#touched
    this.#touched = new Map()
    return touched
  }

  policy(key: string): Policy | undefined {
    return this.#policies.get(key)
  }

  tier(name: string): PolicyTier | undefined {
    return this.#tiers.get(name)
  }

  /** Keys of the policies whose selectors match the endpoint. */
  keysOf(endpoint: string): readonly string[] {
    return this.#index.selectorsOf(endpoint)
  }

  applies(key: string, endpoint: string): boolean {
    return this.#index.matches(key, endpoint)
  }

  /** The policies that apply to the endpoint, in order. */
  of(endpoint: string): AppliedPolicies {
    const entries = this.#index.selectorsOf(endpoint).flatMap((key) => {
      const policy = this.#policies.get(key)
      return policy === undefined ? [] : [[key, policy] as const]
    })
    return appliedPolicies(entries, this.#tiers)
  }

  #touch(endpoint: string, key: string): void {
    const keys = this.#touched.get(endpoint)
    if (keys === undefined) this.#touched.set(endpoint, new Set([key]))
    else keys.add(key)
  }

  #touchAll(key: string): void {
    for (const endpoint of this.#index.matchesOf(key)) this.#touch(endpoint, key)
  }

  #isActive(key: string): boolean {
    const policy = this.#policies.get(key)
    return policy !== undefined && this.#tiers.has(policy.tier) && this.#index.countOf(key) > 0
  }

  #compile(key: string): void {
    const before = this.#policies.get(key)
    // What has changed may be the reason why it could not be followed.
    const refused = this.#refused.get(key)
    if (refused !== undefined) this.#policies.set(key, refused.policy)
    this.#refused.delete(key)
    const policy = this.#isActive(key) ? this.#policies.get(key) : undefined
    if (policy === undefined && !this.#compiled.delete(key)) return
    if (policy !== undefined) this.#compiled.add(key)
    const compiled = policy === undefined ? undefined : this.#compileOrRefuse(key, policy)
    for (const direction of directions) {
      const owner = policyOwner(key, direction)
      const one = compiled?.get(direction)
      this.#sets.use(owner, one?.sets ?? [])
      this.#items.set(owner, one === undefined ? [] : [{ kind: 'chain', chain: one.chain }])
    }
    if (this.#policies.get(key) !== before) this.#touchAll(key)
    this.version++
  }

  /** One policy must not keep all others from the kernel: what cannot be followed denies. */
  #compileOrRefuse(key: string, policy: Policy): ReadonlyMap<PolicyDirection, CompiledPolicy> {
    try {
      const compiled = this.#compileAll(policy)
      for (const { chain } of compiled.values()) for (const rule of chain.rules) this.#checkRule(rule)
      return compiled
    } catch (error) {
      const denying = denyingPolicy(policy)
      this.#refused.set(key, { policy, issue: refusal(policy, error) })
      this.#policies.set(key, denying)
      return this.#compileAll(denying)
    }
  }

  #compileAll(policy: Policy): ReadonlyMap<PolicyDirection, CompiledPolicy> {
    return new Map(policy.types.map((direction) => [direction, compilePolicy(policy, direction, this.#options)]))
  }
}

/** What decides where and how lists name the policy, beside its key. */
const placeOf = (policy: Policy): string => {
  const { tier, order, types } = policy
  const passes = directions.map((direction) => mayPass(policy, direction))
  return JSON.stringify([tier, String(order), [...types].sort(compare), passes])
}
