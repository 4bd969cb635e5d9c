import { endpointLabels, formatAddress, parseAddress, type WorkloadEndpoint } from '@manx/api'
import { compare } from '../compare.ts'
import type { PodState } from '../pod-state.ts'
import type { IndexedPod, PodIndex } from '../sets/pod-index.ts'
import { parentsOf } from './parents.ts'

interface LocalEndpoint {
  readonly addresses: readonly string[]
  /** Of the pod that it was made for. */
  readonly uid: string | undefined
  /** What ADD read of its pod. */
  readonly live?: PodState
}

/** What an endpoint of this node is now: its pod, that this is not known, or that there is no such endpoint. */
export type EndpointListener = (interfaceName: string, pod: PodState | 'unknown' | 'gone') => void

/**
 * Brings together what the API says of pods and what this node knows of its own: a pod with an endpoint here has the addresses
 * of that, from the moment it is there. A pod whose namespace is not known is not known either: without the labels that the
 * namespace lends it, a selector that excludes some of them would match it.
 */
export class PodStates {
  readonly #index: PodIndex
  readonly #onEndpoint: EndpointListener
  readonly #pods = new Map<string, PodState>()
  readonly #namespaces = new Set<string>()
  /** Namespaces that came or went since the last flush. */
  readonly #turned = new Set<string>()
  readonly #locals = new Map<string, Map<string, LocalEndpoint>>()
  readonly #podKeys = new Map<string, string>()
  readonly #interfaces = new Map<string, Set<string>>()
  readonly #dirty = new Set<string>()
  readonly #gone = new Set<string>()

  constructor(index: PodIndex, onEndpoint: EndpointListener) {
    this.#index = index
    this.#onEndpoint = onEndpoint
  }

  get size(): number {
    return this.#pods.size
  }

  /** True when the API was heard of this pod, and not of another one of the same name. */
  has(key: string, uid: string | undefined): boolean {
    const pod = this.#pods.get(key)
    return pod !== undefined && !differs(pod, uid)
  }

  /** True when the pod of this endpoint, or whether it is known, has changed since the last flush. */
  isDirty(interfaceName: string): boolean {
    const key = this.#podKeys.get(interfaceName)
    if (key === undefined) return this.#gone.has(interfaceName)
    return this.#dirty.has(key) || this.#turned.has(namespaceOf(key))
  }

  /** Interface of the endpoint of this node that has the address; of several, the first by name. */
  interfaceOf(address: string): string | undefined {
    const found = this.#interfaces.get(address)
    return found === undefined ? undefined : [...found].sort(compare)[0]
  }

  setPod(key: string, pod: PodState | undefined): void {
    if (pod === undefined) this.#pods.delete(key)
    else this.#pods.set(key, pod)
    this.#dirty.add(key)
  }

  /** Whether the namespace is known. */
  setNamespace(name: string, known: boolean): void {
    if (known === this.#namespaces.has(name)) return
    if (known) this.#namespaces.add(name)
    else this.#namespaces.delete(name)
    this.#turned.add(name)
  }

  setEndpoint(interfaceName: string, endpoint: WorkloadEndpoint | undefined, live: PodState | undefined): void {
    this.#forget(interfaceName)
    if (endpoint === undefined) {
      this.#gone.add(interfaceName)
      return
    }
    const key = `${endpoint.namespace}/${endpoint.pod}`
    const addresses = canonical(endpoint.addresses)
    const local = { addresses, uid: endpoint.podUid, ...(live === undefined ? {} : { live }) }
    this.#gone.delete(interfaceName)
    this.#podKeys.set(interfaceName, key)
    this.#locals.set(key, (this.#locals.get(key) ?? new Map<string, LocalEndpoint>()).set(interfaceName, local))
    this.#dirty.add(key)
    for (const address of local.addresses) {
      this.#interfaces.set(address, (this.#interfaces.get(address) ?? new Set()).add(interfaceName))
    }
  }

  flush(): void {
    for (const name of this.#gone) this.#onEndpoint(name, 'gone')
    this.#gone.clear()
    this.#touchTurned()
    for (const key of this.#dirty) this.#calculate(key)
    this.#dirty.clear()
  }

  /** All pods are looked at once, however many namespaces came. */
  #touchTurned(): void {
    if (this.#turned.size === 0) return
    for (const keys of [this.#pods.keys(), this.#locals.keys()]) {
      for (const key of keys) if (this.#turned.has(namespaceOf(key))) this.#dirty.add(key)
    }
    this.#turned.clear()
  }

  #calculate(key: string): void {
    const known = this.#pods.get(key)
    const locals = this.#locals.get(key)
    const isPlaced = this.#namespaces.has(namespaceOf(key))
    if (locals === undefined || !isPlaced) {
      for (const name of locals?.keys() ?? []) this.#onEndpoint(name, 'unknown')
      const pod = isPlaced ? known : undefined
      this.#index.setPod(key, pod === undefined ? undefined : indexed(pod, pod.addresses, false))
      return
    }
    for (const [name, { live }] of locals) this.#onEndpoint(name, stateOf(known, live) ?? 'unknown')
    // An interface has one name per pod; only a change of the prefix can leave two for a while.
    const sorted = [...locals].sort(([a], [b]) => compare(a, b)).map(([, local]) => local)
    const pod = stateOf(known, sorted.find(({ live }) => live !== undefined)?.live)
    const own = sorted.flatMap((local) => local.addresses)
    // A pod that was made again elsewhere, while the endpoint of its predecessor is still here, has addresses of its own.
    const told = pod !== undefined && pod === known && sorted.every(({ uid }) => differs(pod, uid)) ? pod.addresses : []
    const addresses = [...new Set([...own, ...told])].sort(compare)
    this.#index.setPod(key, pod === undefined ? undefined : indexed(pod, addresses, true))
  }

  #forget(interfaceName: string): void {
    const key = this.#podKeys.get(interfaceName)
    if (key === undefined) return
    this.#podKeys.delete(interfaceName)
    const locals = this.#locals.get(key)
    for (const address of locals?.get(interfaceName)?.addresses ?? []) {
      const interfaces = this.#interfaces.get(address)
      interfaces?.delete(interfaceName)
      if (interfaces?.size === 0) this.#interfaces.delete(address)
    }
    locals?.delete(interfaceName)
    if (locals?.size === 0) this.#locals.delete(key)
    this.#dirty.add(key)
  }
}

const indexed = (pod: PodState, addresses: readonly string[], local: boolean): IndexedPod => ({
  labels: endpointLabels(pod),
  parents: parentsOf(pod),
  addresses,
  ports: pod.ports,
  local,
})

const namespaceOf = (key: string): string => key.slice(0, key.indexOf('/'))

/** What ADD read counts where the API was not heard of that pod. */
const stateOf = (known: PodState | undefined, live: PodState | undefined): PodState | undefined =>
  live !== undefined && (known === undefined || differs(known, live.uid)) ? live : known

const differs = (pod: PodState, uid: string | undefined): boolean =>
  pod.uid !== undefined && uid !== undefined && pod.uid !== uid

function canonical(addresses: readonly string[]): readonly string[] {
  const parsed = addresses.map((text) => parseAddress(text)).filter((address) => address !== undefined)
  return [...new Set(parsed.map(formatAddress))]
}
