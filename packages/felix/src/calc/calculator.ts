import { isDeepStrictEqual } from 'node:util'
import type { WorkloadEndpoint } from '@manx/api'
import { baseItems } from './base-chains.ts'
import type { Delta, ItemDelta, MembersDelta } from './delta.ts'
import { checkEndpoint, endpointItems, type HostFacts, hostItems } from './endpoint-items.ts'
import type { Issue } from './issue.ts'
import { type Conflict, ItemStore } from './item-store.ts'
import type { Settings } from './parameters.ts'
import type { PodState } from './pod-state.ts'
import { PolicyCalculator, type PolicyEvent } from './policy/policy-calculator.ts'
import type { PolicyView } from './policy-view.ts'
import { checkPool, hostAddressItems, type PoolObject, poolItems } from './pool-items.ts'
import { type ConfigurationObject, resolveSettings } from './resolve-settings.ts'
import type { Rule } from './ruleset.ts'

/** What the calculation starts from, one object at a time. Without `value` the object is gone. */
export type CalcEvent =
  /** `pod`: what is known of its pod while the `pod` event of its key is missing or is about a pod with another uid. */
  | {
      readonly kind: 'endpoint'
      readonly name: string
      readonly value?: WorkloadEndpoint
      readonly pod?: PodState
    }
  | { readonly kind: 'pool'; readonly name: string; readonly value?: PoolObject }
  | { readonly kind: 'configuration'; readonly name: string; readonly value?: ConfigurationObject }
  | { readonly kind: 'host'; readonly value: HostFacts }
  | PolicyEvent

export interface CalculatorOptions {
  readonly node: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Throws for a rule that the kernel cannot be told; the policy that it is of is refused. */
  readonly checkRule?: (rule: Rule) => void
}

/**
 * From endpoints, pools and configuration to everything that must be in the kernel, as changes. It holds no clock and does no
 * I/O; the state after a flush depends on the objects alone, not on the order or the batches in which they came.
 */
export class Calculator {
  readonly #node: string
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #items = new ItemStore()
  readonly #issues = new Map<string, readonly Issue[]>()
  readonly #policy: PolicyCalculator
  readonly #endpoints = new Map<string, Extract<CalcEvent, { kind: 'endpoint' }>>()
  readonly #pools = new Map<string, PoolObject>()
  readonly #configurations = new Map<string, ConfigurationObject>()
  #host: HostFacts = { addresses: [], rpFilter: 0 }
  #settings: Settings
  readonly #dirtyEndpoints = new Set<string>()
  #dirtyPools: boolean = true
  #dirtyHost: boolean = true
  #dirtyBase: boolean = true

  constructor(options: CalculatorOptions) {
    this.#node = options.node
    this.#environment = options.environment ?? {}
    this.#settings = this.#resolve()
    this.#policy = new PolicyCalculator(this.#items, this.#settings, options.checkRule ?? (() => undefined))
  }

  /** What is in force; changes with `configuration` events. */
  get settings(): Settings {
    return this.#settings
  }

  /** Everything that was refused or is in conflict, as of the last flush. */
  issues(): readonly Issue[] {
    const conflicts = this.#items
      .conflicts()
      .flatMap(({ key, winner, losers }) =>
        losers.map((object) => ({ object, field: 'addresses', value: key, message: `is held by ${winner}` })),
      )
    return [...[...this.#issues.values()].flat(), ...conflicts, ...this.#policy.issues()]
  }

  /** What policies are judged by, as of the last flush. */
  get policies(): PolicyView {
    return this.#policy.view
  }

  /** What stands against this endpoint, known before it is handed in. */
  check(endpoint: WorkloadEndpoint): readonly Issue[] {
    return checkEndpoint(endpoint, this.#settings)
  }

  /**
   * Keys of everything that an endpoint (`endpoint/NAME`) needs in the kernel, as of the last flush: what is its own, and the
   * chains, sets and members of sets (`membersKey`) that its policies are made of.
   */
  keysOf(owner: string): readonly string[] {
    const own = this.#items.keysOf(owner)
    const name = owner.startsWith(endpointOwner('')) ? owner.slice(endpointOwner('').length) : undefined
    return name === undefined ? own : [...own, ...this.#policy.keysOf(name)]
  }

  /**
   * True when the endpoint, its pod or its namespace was changed since the last flush. Whom a change of anything else concerns
   * is found out by the flush.
   */
  isDirty(name: string): boolean {
    return this.#dirtyEndpoints.has(name) || this.#policy.isDirty(name)
  }

  /** False while all packets of the endpoint are dropped because its pod is not known, as of the last flush. */
  isKnown(name: string): boolean {
    return this.#policy.isKnown(name)
  }

  /** True when a `pod` event told of this pod, and not of another one of the same name. */
  hasPod(key: string, uid: string | undefined): boolean {
    return this.#policy.hasPod(key, uid)
  }

  /** True while any owner wants something under this key, as of the last flush. */
  has(key: string): boolean {
    return this.#items.has(key) || this.#policy.hasMembers(key)
  }

  /** Where this owner lost against another one; undefined when it has all that it wants. */
  conflictOf(owner: string): Conflict | undefined {
    return this.#items.conflicts().find(({ losers }) => losers.includes(owner))
  }

  update(event: CalcEvent): void {
    switch (event.kind) {
      case 'endpoint':
        put(this.#endpoints, event.name, event.value === undefined ? undefined : event)
        this.#dirtyEndpoints.add(event.name)
        break
      case 'pool':
        put(this.#pools, event.name, event.value)
        this.#dirtyPools = true
        break
      case 'configuration':
        put(this.#configurations, event.name, event.value)
        this.#reconfigure()
        break
      case 'host':
        if (event.value.rpFilter !== this.#host.rpFilter) this.#touchEndpoints()
        this.#host = event.value
        this.#dirtyHost = true
        break
      case 'pod':
      case 'namespace':
      case 'serviceAccount':
      case 'policy':
      case 'tier':
        this.#policy.update(event)
        break
    }
  }

  /** Changes since the last flush, each after what it refers to. */
  flush(): readonly Delta[] {
    if (this.#dirtyBase) {
      this.#items.set('base', [...baseItems(this.#settings), ...hostItems(this.#settings)])
      this.#dirtyBase = false
    }
    if (this.#dirtyPools) {
      const bad = [...this.#pools.values()].flatMap((pool) => checkPool(pool))
      this.#report('pools', bad)
      this.#items.set('pools', poolItems(this.#pools.values(), this.#settings))
      this.#dirtyPools = false
    }
    if (this.#dirtyHost) {
      this.#items.set('host', hostAddressItems(this.#host.addresses, this.#settings))
      this.#dirtyHost = false
    }
    for (const name of this.#dirtyEndpoints) this.#calculateEndpoint(name)
    this.#dirtyEndpoints.clear()
    return inOrder(this.#policy.flush(), this.#items.flush())
  }

  #calculateEndpoint(name: string): void {
    const { value, pod } = this.#endpoints.get(name) ?? {}
    const issues = value === undefined ? [] : checkEndpoint(value, this.#settings)
    this.#report(endpointOwner(name), issues)
    const endpoint = issues.length === 0 ? value : undefined
    this.#items.set(
      endpointOwner(name),
      endpoint === undefined ? [] : endpointItems(endpoint, this.#settings, this.#host),
    )
    this.#policy.setEndpoint(name, endpoint, pod)
  }

  #reconfigure(): void {
    const settings = this.#resolve()
    if (isDeepStrictEqual(settings, this.#settings)) return
    this.#settings = settings
    this.#dirtyBase = true
    this.#dirtyPools = true
    this.#dirtyHost = true
    this.#policy.configure(settings)
    this.#touchEndpoints()
  }

  #resolve(): Settings {
    const { settings, issues } = resolveSettings({
      objects: this.#configurations.values(),
      node: this.#node,
      environment: this.#environment,
    })
    this.#report(
      'configuration',
      issues.map(({ allowed, ...issue }) => ({ ...issue, message: `must be ${allowed}` })),
    )
    return settings
  }

  #touchEndpoints(): void {
    for (const name of this.#endpoints.keys()) this.#dirtyEndpoints.add(name)
  }

  #report(owner: string, issues: readonly Issue[]): void {
    if (issues.length === 0) this.#issues.delete(owner)
    else this.#issues.set(owner, issues)
  }
}

const endpointOwner = (name: string): string => `endpoint/${name}`

/** Members come right after the sets that they are of. */
function inOrder(members: readonly MembersDelta[], items: readonly ItemDelta[]): readonly Delta[] {
  if (members.length === 0) return items
  const rest = items.findIndex(({ kind, item }) => item === undefined || (kind !== 'set' && kind !== 'sysctl'))
  const end = rest < 0 ? items.length : rest
  return [...items.slice(0, end), ...members, ...items.slice(end)]
}

function put<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name)
  else map.set(name, value)
}
