import { LabelIndex, type Labels, type NamedPort } from '@manx/api'
import { type AddressEntry, AddressTable } from './address-table.ts'
import { knownSelector } from './known-selector.ts'
import type { AddressMembers, PodMember, PortMembers } from './members.ts'
import type { PortScope } from './policy-set.ts'

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

/** The pods of the cluster, and which of them the selectors of rules match. Selectors are canonical texts. */
export class PodIndex {
  readonly #index: LabelIndex
  readonly #pods = new Map<string, PodRecord>()
  readonly #addresses = new AddressTable()
  /** Who hears of the addresses that a selector matches. */
  readonly #tracked = new Map<string, Set<AddressMembers>>()
  /** Who hears of ports, and of whose. */
  readonly #ports = new Map<PortMembers, PortScope>()

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
    this.#track(selector).add(members)
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

  untrackAddresses(selector: string, members: AddressMembers): void {
    const tracked = this.#tracked.get(selector)
    tracked?.delete(members)
    if (tracked?.size !== 0) return
    this.#tracked.delete(selector)
    this.#index.removeSelector(selector)
  }

  /** The members hear of the pods of this node or of all. */
  trackPorts(scope: PortScope, members: PortMembers): void {
    this.#ports.set(members, scope)
    for (const pod of this.#pods.values()) if (pod.local || scope === 'cluster') members.addPod(pod)
  }

  untrackPorts(members: PortMembers): void {
    this.#ports.delete(members)
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

  #track(selector: string): Set<AddressMembers> {
    let tracked = this.#tracked.get(selector)
    if (tracked === undefined) {
      tracked = new Set()
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
    for (const [members, scope] of this.#ports) if (local || scope === 'cluster') members.addPod(record)
  }

  #remove(key: string, record: PodRecord): void {
    this.#index.deleteItem(key)
    for (const [members, scope] of this.#ports) if (record.local || scope === 'cluster') members.removePod(record)
    for (const { text } of record.addresses) this.#addresses.remove(text, key)
    this.#pods.delete(key)
  }

  #matched(selector: string, key: string): void {
    const tracked = this.#tracked.get(selector) ?? []
    for (const entry of this.#pods.get(key)?.addresses ?? []) {
      if (this.#addresses.joins(entry, selector)) for (const members of tracked) members.join(entry)
    }
  }

  #unmatched(selector: string, key: string): void {
    const tracked = this.#tracked.get(selector) ?? []
    for (const entry of this.#pods.get(key)?.addresses ?? []) {
      if (this.#addresses.leaves(entry, selector)) for (const members of tracked) members.leave(entry)
    }
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
