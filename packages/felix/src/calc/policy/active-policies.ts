import { isDeepStrictEqual } from 'node:util'
import {
  defaultTier,
  endpointLabels,
  LabelIndex,
  type Labels,
  type Policy,
  type PolicyDirection,
  type PolicyTier,
} from '@manx/api'
import type { Issue } from '../issue.ts'
import type { ItemStore } from '../item-store.ts'
import type { PodState } from '../pod-state.ts'
import type { Rule } from '../ruleset.ts'
import { knownSelector } from '../sets/known-selector.ts'
import type { PolicySets } from '../sets/policy-sets.ts'
import { type AppliedPolicies, appliedPolicies, compareTiers } from './applied-policies.ts'
import { isDecidedByNamespace } from './decided-by-namespace.ts'
import { EndpointNamespaces } from './endpoint-namespaces.ts'
import { parentsOf } from './parents.ts'
import { placeInLists } from './place-in-lists.ts'
import { type CompiledPolicy, type CompileOptions, compilePolicy } from './policy-chain.ts'
import { denyingPolicy, refusal, withoutTier } from './refuse-policy.ts'

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

/** Whose policies may be others, or in another order, since the last flush. */
export interface Touched {
  /** Endpoints, each with the policies of its own that are the reason; undefined: any may be. */
  readonly endpoints: ReadonlyMap<string, ReadonlySet<string> | undefined>
  /** Namespaces of which the endpoints may have other policies in common. */
  readonly namespaces: ReadonlySet<string>
  /** Also what the same policies come to may be something else: tiers or options have changed. */
  readonly everything: boolean
}

/**
 * The policies that apply to endpoints of this node, and their chains. Others cost no more than their selector. Those that
 * are decided by the namespace alone are what its endpoints have in common; they are kept apart from each endpoint's own, so
 * that one of them more is no change of every endpoint.
 */
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
  /** Keys of policies whose tiers are not there. */
  readonly #withoutTier = new Set<string>()
  readonly #changed = new Set<string>()
  /** Keys of policies that namespaces decide. */
  readonly #common = new Set<string>()
  readonly #places = new EndpointNamespaces()
  /** Policies that began or ceased to apply to some endpoint. */
  readonly #moved = new Set<string>()
  #touched = new Map<string, Set<string>>()
  #touchedNamespaces = new Set<string>()
  /** All endpoints and namespaces are touched. */
  #allTouched: boolean = false
  #tiersInOrder: readonly PolicyTier[] | undefined
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

  /** Active policies that cannot be followed, and all without a tier. */
  issues(): readonly Issue[] {
    const lost = [...this.#withoutTier].flatMap((key) => this.#policies.get(key) ?? [])
    return [...[...this.#refused.values()].map(({ issue }) => issue), ...lost.map(withoutTier)]
  }

  configure(options: CompileOptions): void {
    this.#options = options
    for (const key of this.#compiled) this.#changed.add(key)
    this.#allTouched = true
  }

  setEndpoint(name: string, pod: PodState | undefined): void {
    if (pod === undefined) {
      this.#index.deleteItem(name)
      this.#place(name, undefined)
    } else {
      this.#place(name, pod.namespace)
      this.#index.setItem(name, endpointLabels(pod), parentsOf(pod))
    }
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
      this.#common.delete(key)
      this.#withoutTier.delete(key)
      return
    }
    this.#policies.set(key, policy)
    this.#noteTier(key, policy)
    const { selector } = knownSelector(policy.selector)
    const isCommon = isDecidedByNamespace(selector.node)
    if (isCommon !== this.#common.has(key)) {
      this.#index.removeSelector(key)
      if (isCommon) this.#common.add(key)
      else this.#common.delete(key)
    }
    this.#index.addSelector(key, selector)
    if (before !== undefined && placeInLists(before) !== placeInLists(policy)) this.#touchAll(key)
  }

  setTier(name: string, tier: PolicyTier | undefined): void {
    const next = tier ?? (name === defaultTier.name ? defaultTier : undefined)
    if (isDeepStrictEqual(next, this.#tiers.get(name))) return
    if (next === undefined) this.#tiers.delete(name)
    else this.#tiers.set(name, next)
    this.#tiersInOrder = undefined
    for (const [key, policy] of this.#policies) {
      if (policy.tier !== name) continue
      this.#changed.add(key)
      this.#noteTier(key, policy)
    }
    // Which tiers lie between those of an endpoint is part of its list, whether they have policies or not.
    this.#allTouched = true
  }

  /** Brings the chains up to date. */
  flush(): Touched {
    for (const key of this.#moved) if (this.#isActive(key) !== this.#compiled.has(key)) this.#changed.add(key)
    this.#moved.clear()
    for (const key of this.#changed) this.#compile(key)
    this.#changed.clear()
    const touched: Touched = this.#allTouched
      ? {
          endpoints: new Map([...this.#places.all()].map((name) => [name, undefined])),
          namespaces: new Set([...this.#touchedNamespaces, ...this.#places.names()]),
          everything: true,
        }
      : { endpoints: this.#touched, namespaces: this.#touchedNamespaces, everything: false }
    this.#touched = new Map()
    this.#touchedNamespaces = new Set()
    this.#allTouched = false
    return touched
  }

  policy(key: string): Policy | undefined {
    return this.#policies.get(key)
  }

  tier(name: string): PolicyTier | undefined {
    return this.#tiers.get(name)
  }

  /** All of them, first to last. */
  tiers(): readonly PolicyTier[] {
    this.#tiersInOrder ??= [...this.#tiers.values()].sort(compareTiers)
    return this.#tiersInOrder
  }

  /** Of an endpoint whose pod is known. */
  namespaceOf(endpoint: string): string | undefined {
    return this.#places.of(endpoint)
  }

  /** Endpoints of this node whose pods are known and in the namespace. */
  endpointsOf(namespace: string): Iterable<string> {
    return this.#places.endpoints(namespace)
  }

  /** Keys of the policies of its own whose selectors match the endpoint. */
  keysOf(endpoint: string): readonly string[] {
    return this.#index.selectorsOf(endpoint).filter((key) => !this.#common.has(key))
  }

  applies(key: string, endpoint: string): boolean {
    return this.#index.matches(key, endpoint)
  }

  /** The policies that apply to the endpoint, but for those that its namespace decides. */
  of(endpoint: string): AppliedPolicies {
    return this.inOrder(this.keysOf(endpoint))
  }

  /** The policies that apply to all endpoints of the namespace, of which there is one here; else none. */
  commonTo(namespace: string): readonly string[] {
    for (const endpoint of this.#places.endpoints(namespace)) {
      return this.#index.selectorsOf(endpoint).filter((key) => this.#common.has(key))
    }
    return []
  }

  /** Policies by their keys, in the order in which they are asked. */
  inOrder(keys: Iterable<string>): AppliedPolicies {
    const policies: Policy[] = []
    for (const key of keys) {
      const policy = this.#policies.get(key)
      if (policy !== undefined) policies.push(policy)
    }
    return appliedPolicies(policies, this.#tiers)
  }

  #place(endpoint: string, namespace: string | undefined): void {
    const before = this.#places.of(endpoint)
    if (before === namespace) return
    for (const each of [before, namespace]) if (each !== undefined) this.#touchedNamespaces.add(each)
    this.#places.set(endpoint, namespace)
  }

  #noteTier(key: string, { tier }: Policy): void {
    if (this.#tiers.has(tier)) this.#withoutTier.delete(key)
    else this.#withoutTier.add(key)
  }

  #touch(endpoint: string, key: string): void {
    if (this.#common.has(key)) {
      const namespace = this.#places.of(endpoint)
      if (namespace !== undefined) this.#touchedNamespaces.add(namespace)
      return
    }
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
