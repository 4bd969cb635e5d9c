import { LabelIndex, type Labels, type NamedPort } from '@manx/api'
import { type AddressEntry, AddressTable } from './address-table.ts'
import { knownSelector } from './known-selector.ts'
import type { AddressMembers, PodMember, PortMembers } from './members.ts'

/** A pod as sets see it. */
export interface IndexedPod {
  readonly labels: Labels
  /** Names of what lends it labels. */
  readonly parents: readonly string[]
  /** Canonical, without length. */
  readonly addresses: readonly string[]
  readonly ports: readonly NamedPort[]
  /** It has an endpoint on this node. */
  readonly local: boolean
}

interface PodRecord extends PodMember {
  readonly local: boolean
}

interface Tracked {
  readonly addresses: Set<AddressMembers>
  readonly ports: Set<PortMembers>
}

/** The pods of the cluster, and which of them the selectors of rules match. Selectors are canonical texts. */
export class PodIndex {
  readonly #index: LabelIndex
  readonly #pods = new Map<string, PodRecord>()
  readonly #addresses = new AddressTable()
  readonly #tracked = new Map<string, Tracked>()
  readonly #localPorts = new Set<PortMembers>()

  constructor() {
    this.#index = new LabelIndex({
      onMatch: (selector, key) => this.#matched(selector, key),
      onUnmatch: (selector, key) => this.#unmatched(selector, key),
    })
  }

  get selectors(): number {
    return this.#tracked.size
  }

  /** A pod without addresses is as good as none: it is member of nothing. */
  setPod(key: string, pod: IndexedPod | undefined): void {
    const wanted = pod !== undefined && pod.addresses.length > 0 ? pod : undefined
    const before = this.#pods.get(key)
    const stays = before !== undefined && wanted !== undefined && sameMember(before, wanted)
    if (before !== undefined && !stays) this.#remove(key, before)
    if (wanted === undefined) return
    if (!stays) this.#add(key, wanted)
    this.#index.setItem(key, wanted.labels, wanted.parents)
  }

  setParent(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#index.deleteParent(name)
    else this.#index.setParent(name, labels)
  }

  /** The members hear of the addresses that the selector matches, those there are and those to come. */
  trackAddresses(selector: string, members: AddressMembers): void {
    this.#track(selector).addresses.add(members)
    const seen = new Set<AddressEntry>()
    for (const key of this.#index.matchesOf(selector)) {
      for (const entry of this.#pods.get(key)?.addresses ?? []) {
        if (this.#addresses.isShared(entry)) {
          if (seen.has(entry)) continue
          seen.add(entry)
        }
        members.join(entry)
      }
    }
  }

  trackPorts(selector: string, members: PortMembers): void {
    this.#track(selector).ports.add(members)
    for (const key of this.#index.matchesOf(selector)) {
      const pod = this.#pods.get(key)
      if (pod !== undefined) members.addPod(pod)
    }
  }

  untrack(selector: string, members: AddressMembers | PortMembers): void {
    const tracked = this.#tracked.get(selector)
    if (tracked === undefined) return
    for (const users of [tracked.addresses, tracked.ports] as const) (users as Set<unknown>).delete(members)
    if (tracked.addresses.size > 0 || tracked.ports.size > 0) return
    this.#tracked.delete(selector)
    this.#index.removeSelector(selector)
  }

  /** The members hear of the ports of this node's pods. */
  trackLocalPorts(members: PortMembers): void {
    this.#localPorts.add(members)
    for (const pod of this.#pods.values()) if (pod.local) members.addPod(pod)
  }

  untrackLocalPorts(members: PortMembers): void {
    this.#localPorts.delete(members)
  }

  /** Whether a pod with this address satisfies the selector. False for a selector that is not tracked. */
  matches(selector: string, address: string): boolean {
    return this.#addresses.podsAt(address).some((key) => this.#index.matches(selector, key))
  }

  hasNamedPort(address: string, { name, protocol, port }: NamedPort): boolean {
    return this.#addresses
      .podsAt(address)
      .flatMap((key) => this.#pods.get(key)?.ports ?? [])
      .some((own) => own.name === name && own.protocol === protocol && own.port === port)
  }

  #track(selector: string): Tracked {
    let tracked = this.#tracked.get(selector)
    if (tracked === undefined) {
      tracked = { addresses: new Set(), ports: new Set() }
      this.#index.addSelector(selector, knownSelector(selector).selector)
      this.#tracked.set(selector, tracked)
    }
    return tracked
  }

  /** To be followed by setItem. */
  #add(key: string, { addresses, ports, local }: IndexedPod): void {
    const selectorsOf = (other: string) => this.#index.selectorsOf(other)
    const entries = addresses
      .map((text) => this.#addresses.add(text, key, selectorsOf))
      .filter((entry) => entry !== undefined)
    const record = { addresses: entries, ports, local }
    this.#pods.set(key, record)
    if (local) for (const members of this.#localPorts) members.addPod(record)
  }

  #remove(key: string, record: PodRecord): void {
    this.#index.deleteItem(key)
    if (record.local) for (const members of this.#localPorts) members.removePod(record)
    for (const { text } of record.addresses) this.#addresses.remove(text, key)
    this.#pods.delete(key)
  }

  #matched(selector: string, key: string): void {
    const pod = this.#pods.get(key)
    if (pod === undefined) return
    const tracked = this.#tracked.get(selector)
    for (const entry of pod.addresses) {
      if (this.#addresses.joins(entry, selector)) for (const members of tracked?.addresses ?? []) members.join(entry)
    }
    for (const members of tracked?.ports ?? []) members.addPod(pod)
  }

  #unmatched(selector: string, key: string): void {
    const pod = this.#pods.get(key)
    if (pod === undefined) return
    const tracked = this.#tracked.get(selector)
    for (const entry of pod.addresses) {
      if (this.#addresses.leaves(entry, selector)) for (const members of tracked?.addresses ?? []) members.leave(entry)
    }
    for (const members of tracked?.ports ?? []) members.removePod(pod)
  }
}

function sameMember(before: PodRecord, { addresses, ports, local }: IndexedPod): boolean {
  return (
    before.local === local &&
    before.addresses.length === addresses.length &&
    before.addresses.every(({ text }, index) => text === addresses[index]) &&
    (before.ports === ports || JSON.stringify(before.ports) === JSON.stringify(ports))
  )
}
