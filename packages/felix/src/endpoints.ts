import type { Logger, WorkloadEndpoint } from '@manx/api'
import type { Calculator } from './calc/calculator.ts'
import { issueText } from './calc/issue.ts'
import type { PodState } from './calc/pod-state.ts'
import type { Dataplane } from './dataplane/dataplane.ts'
import { FelixError } from './felix-error.ts'

export interface EndpointsOptions {
  readonly calculator: Calculator
  readonly dataplane: Dataplane
  readonly logger: Logger
}

/** The node's endpoints by host interface, and those who wait for them. */
export class Endpoints {
  readonly #calculator: Calculator
  readonly #dataplane: Dataplane
  readonly #logger: Logger
  readonly #endpoints = new Map<string, WorkloadEndpoint>()
  /** By interface: what ADD read of pods that nobody else has spoken of yet. */
  readonly #livePods = new Map<string, PodState>()

  constructor(options: EndpointsOptions) {
    this.#calculator = options.calculator
    this.#dataplane = options.dataplane
    this.#logger = options.logger
  }

  get size(): number {
    return this.#endpoints.size
  }

  restore(endpoints: Iterable<WorkloadEndpoint>): void {
    for (const endpoint of endpoints) {
      const issues = this.#calculator.check(endpoint)
      for (const issue of issues) this.#logger.error(`endpoint not restored: ${issueText(issue)}`)
      if (issues.length === 0) this.#put(endpoint)
    }
    this.#dataplane.request()
  }

  async add(endpoint: WorkloadEndpoint, pod: PodState | undefined, signal: AbortSignal | undefined): Promise<void> {
    const issues = this.#calculator.check(endpoint)
    if (issues.length > 0) throw new FelixError('InvalidEndpoint', issues.map(issueText).join('; '))
    const name = endpoint.interfaceName
    const holder = this.#holderOf(endpoint)
    if (holder !== undefined) throw new FelixError('AddressInUse', holder)
    this.#put(endpoint, pod)
    this.#dataplane.request()
    // While its pod is not known the kernel drops its packets: that, too, is in place at some time.
    do await this.#dataplane.wait(`endpoint/${name}`, endpoint.addresses, signal)
    while (!this.#calculator.isKnown(name))
  }

  async remove(interfaceName: string, containerId: string | undefined): Promise<void> {
    const endpoint = this.#endpoints.get(interfaceName)
    if (endpoint === undefined || (containerId !== undefined && endpoint.containerId !== containerId)) return
    this.#endpoints.delete(interfaceName)
    this.#livePods.delete(interfaceName)
    this.#dataplane.giveUp(`endpoint/${interfaceName}`, `${endpoint.namespace}/${endpoint.pod} was removed`)
    const keys = this.#calculator.keysOf(`endpoint/${interfaceName}`)
    this.#calculator.update({ kind: 'endpoint', name: interfaceName })
    this.#dataplane.endFlows(endpoint.addresses)
    this.#dataplane.request()
    await this.#dataplane.waitGone(`endpoint/${interfaceName}`, keys, endpoint.addresses)
  }

  /** True when the kernel holds everything of the endpoint in its present form. */
  isProgrammed(interfaceName: string): boolean {
    const endpoint = this.#endpoints.get(interfaceName)
    if (endpoint === undefined || this.#calculator.isDirty(interfaceName)) return false
    if (!this.#calculator.isKnown(interfaceName)) return false
    return this.#dataplane.holds(`endpoint/${interfaceName}`, endpoint.addresses)
  }

  /** To be called after the calculator heard of a pod: what ADD read of the same pod is forgotten. */
  podSet(key: string, pod: PodState | undefined): void {
    if (pod === undefined) return
    for (const [name, live] of this.#livePods) {
      if (`${live.namespace}/${live.name}` !== key || (pod.uid ?? live.uid) !== live.uid) continue
      const endpoint = this.#endpoints.get(name)
      this.#livePods.delete(name)
      if (endpoint !== undefined) this.#calculator.update({ kind: 'endpoint', name, value: endpoint })
    }
  }

  /** Ends all waiting. */
  abort(): void {
    this.#dataplane.giveUp(undefined, 'the agent is ending')
  }

  /** An endpoint never takes an address away from one that is in place. */
  #holderOf(endpoint: WorkloadEndpoint): string | undefined {
    for (const other of this.#endpoints.values()) {
      if (other.interfaceName === endpoint.interfaceName) continue
      const address = other.addresses.find((each) => endpoint.addresses.includes(each))
      if (address === undefined) continue
      return `${endpoint.namespace}/${endpoint.pod}: ${address} is in use by ${other.namespace}/${other.pod} on ${other.interfaceName}`
    }
    return undefined
  }

  #put(endpoint: WorkloadEndpoint, pod?: PodState): void {
    const name = endpoint.interfaceName
    const before = this.#endpoints.get(name)
    if (before !== undefined && before.containerId !== endpoint.containerId) {
      this.#dataplane.giveUp(`endpoint/${name}`, `${endpoint.namespace}/${endpoint.pod} was replaced`)
    }
    // Another container of the same pod name is another pod, also to those who talked to its predecessor.
    const kept = before?.containerId === endpoint.containerId ? endpoint.addresses : []
    if (before !== undefined) this.#dataplane.endFlows(before.addresses.filter((each) => !kept.includes(each)))
    this.#endpoints.set(name, endpoint)
    // What was told of the same pod is newer, or will be soon.
    const known = pod !== undefined && this.#calculator.hasPod(`${endpoint.namespace}/${endpoint.pod}`, pod.uid)
    const live = known ? undefined : pod
    this.#livePods.delete(name)
    if (live !== undefined) this.#livePods.set(name, live)
    this.#calculator.update({ kind: 'endpoint', name, value: endpoint, ...(live === undefined ? {} : { pod: live }) })
  }
}
