import { isDeepStrictEqual } from 'node:util'
import type { Labels, Policy, PolicyTier, WorkloadEndpoint } from '@manx/api'
import { baseItems } from './base-chains.ts'
import type { Delta } from './delta.ts'
import { checkEndpoint, endpointItems, type HostFacts, hostItems } from './endpoint-items.ts'
import type { Issue } from './issue.ts'
import { type Conflict, ItemStore } from './item-store.ts'
import type { Settings } from './parameters.ts'
import type { PodState } from './pod-state.ts'
import type { PolicyView } from './policy-view.ts'
import { checkPool, hostAddressItems, type PoolObject, poolItems } from './pool-items.ts'
import { type ConfigurationObject, resolveSettings } from './resolve-settings.ts'

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
  /** Every pod of the cluster, by `namespace/name`. */
  | { readonly kind: 'pod'; readonly name: string; readonly value?: PodState }
  /** Labels of a namespace. */
  | { readonly kind: 'namespace'; readonly name: string; readonly value?: Labels }
  /** Labels of a service account, by `namespace/name`. */
  | { readonly kind: 'serviceAccount'; readonly name: string; readonly value?: Labels }
  /** By `policyKey`. */
  | { readonly kind: 'policy'; readonly name: string; readonly value?: Policy }
  | { readonly kind: 'tier'; readonly name: string; readonly value?: PolicyTier }

export interface CalculatorOptions {
  readonly node: string
  readonly environment?: Readonly<Record<string, string | undefined>>
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
  readonly #endpoints = new Map<string, WorkloadEndpoint>()
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
    return [...[...this.#issues.values()].flat(), ...conflicts]
  }

  /** What policies are judged by, as of the last flush. */
  get policies(): PolicyView {
    return {
      interfaceOf: () => undefined,
      interfaces: () => [],
      policiesOf: () => ({ known: false, ingress: [], egress: [] }),
      matchesSelector: () => false,
      hasNamedPort: () => false,
      statistics: () => ({
        policies: 0,
        tiers: 0,
        pods: 0,
        namespaces: 0,
        serviceAccounts: 0,
        activePolicies: 0,
        selectors: 0,
        sets: 0,
        members: 0,
        chains: 0,
      }),
    }
  }

  /** What stands against this endpoint, known before it is handed in. */
  check(endpoint: WorkloadEndpoint): readonly Issue[] {
    return checkEndpoint(endpoint, this.#settings)
  }

  /** Keys of the items that an owner (`endpoint/NAME`) has since the last flush. */
  keysOf(owner: string): readonly string[] {
    return this.#items.keysOf(owner)
  }

  /** True when the endpoint was changed since the last flush. */
  isDirty(name: string): boolean {
    return this.#dirtyEndpoints.has(name)
  }

  /** True while any owner wants something under this key, as of the last flush. */
  has(key: string): boolean {
    return this.#items.has(key)
  }

  /** Where this owner lost against another one; undefined when it has all that it wants. */
  conflictOf(owner: string): Conflict | undefined {
    return this.#items.conflicts().find(({ losers }) => losers.includes(owner))
  }

  update(event: CalcEvent): void {
    switch (event.kind) {
      case 'endpoint':
        put(this.#endpoints, event.name, event.value)
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
    return this.#items.flush()
  }

  #calculateEndpoint(name: string): void {
    const endpoint = this.#endpoints.get(name)
    const issues = endpoint === undefined ? [] : checkEndpoint(endpoint, this.#settings)
    this.#report(`endpoint/${name}`, issues)
    const usable = endpoint !== undefined && issues.length === 0
    this.#items.set(`endpoint/${name}`, usable ? endpointItems(endpoint, this.#settings, this.#host) : [])
  }

  #reconfigure(): void {
    const settings = this.#resolve()
    if (isDeepStrictEqual(settings, this.#settings)) return
    this.#settings = settings
    this.#dirtyBase = true
    this.#dirtyPools = true
    this.#dirtyHost = true
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

function put<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name)
  else map.set(name, value)
}
