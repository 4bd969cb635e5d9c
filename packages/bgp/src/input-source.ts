import {
  type BGPConfiguration,
  type BGPPeer,
  type BlockAffinity,
  type Change,
  formatAddress,
  type IPPool,
  type Node,
  nodeAsNumber,
  nodeBgpAddresses,
  nodeRouteReflectorClusterId,
  parseAddress,
  prefixContains,
  type Store,
} from '@manx/api'
import type { PlanInput, PlanNode, PlanSettings } from './plan/input.ts'
import { readBlocks } from './plan/plan-paths.ts'
import { choosesAlike } from './plan/read-peer.ts'

/** What the API server knows, as informers keep it. Objects need no more than the fields that the plan reads. */
export interface BgpStores {
  readonly nodes: Store<Pick<Node, 'metadata'>>
  readonly bgpConfigurations: Store<BGPConfiguration>
  readonly bgpPeers: Store<BGPPeer>
  readonly ipPools: Store<IPPool>
  readonly blockAffinities: Store<BlockAffinity>
}

/** What the plan needs beside objects. */
export type SessionMemory = Required<Pick<PlanInput, 'passwords' | 'unreadSecrets' | 'before'>>

/** Collects the plan's input as it changes, and calls `onChange` only for what can change the plan. */
export class InputSource {
  readonly #node: string
  readonly #stores: BgpStores
  readonly #settings: PlanSettings
  readonly #onChange: () => void
  readonly #nodes = new Map<string, PlanNode>()
  /** By affinity: more than one may name a block, and one that goes says nothing of the others. */
  readonly #blocks = new Map<string, string>()
  readonly #localAddresses = new Set<string>()
  readonly #unsubscribe: (() => void)[] = []

  constructor(options: { node: string; stores: BgpStores; settings: PlanSettings; onChange: () => void }) {
    this.#node = options.node
    this.#stores = options.stores
    this.#settings = options.settings
    this.#onChange = options.onChange
  }

  start(): void {
    const { nodes, bgpConfigurations, bgpPeers, ipPools, blockAffinities } = this.#stores
    const replay = { replay: true }
    this.#unsubscribe.push(
      nodes.subscribe((change) => this.#onNode(change), replay),
      blockAffinities.subscribe((change) => this.#onAffinity(change), replay),
      bgpConfigurations.subscribe(this.#onSpec),
      bgpPeers.subscribe(this.#onSpec),
      ipPools.subscribe(this.#onSpec),
    )
    this.#onChange()
  }

  stop(): void {
    for (const end of this.#unsubscribe.splice(0)) end()
  }

  /** An address of a pod of this node came or went. */
  setLocalAddress(address: string, present: boolean): void {
    if (this.#localAddresses.has(address) === present) return
    if (present) this.#localAddresses.add(address)
    else this.#localAddresses.delete(address)
    const parsed = parseAddress(address)
    const inOwnBlock =
      parsed !== undefined && readBlocks(this.#blocks.values()).some((block) => prefixContains(block, parsed))
    // The block speaks for it: pods come and go without a new plan.
    if (!inOwnBlock) this.#onChange()
  }

  read({ passwords, unreadSecrets, before }: SessionMemory): PlanInput {
    const { bgpConfigurations, bgpPeers, ipPools } = this.#stores
    return {
      node: this.#node,
      nodes: this.#nodes,
      configurations: new Map(bgpConfigurations.entries()),
      peers: bgpPeers.list(),
      pools: ipPools.list(),
      blocks: new Set(this.#blocks.values()),
      localAddresses: this.#localAddresses,
      passwords,
      unreadSecrets,
      before,
      settings: this.#settings,
    }
  }

  /** Names of the Secrets that sessions of this cluster may need. */
  secretNames(): Set<string> {
    const { bgpConfigurations, bgpPeers } = this.#stores
    const names = new Set<string>()
    const add = (secret: BGPPeer['spec']['password']) => {
      if (secret?.secretKeyRef?.name) names.add(secret.secretKeyRef.name)
    }
    for (const { spec } of bgpPeers.list()) add(spec.password)
    add(bgpConfigurations.get('default')?.spec.nodeMeshPassword)
    return names
  }

  #onNode(change: Change<Pick<Node, 'metadata'>>): void {
    const before = this.#nodes.get(change.key)
    const after = change.type === 'removed' ? undefined : readNode(change.object)
    if (after === undefined) this.#nodes.delete(change.key)
    else this.#nodes.set(change.key, after)
    // Nodes report their health often, and others label them; that is nothing to plan anew for.
    if (before !== undefined && after !== undefined && this.#plansAlike(before, after)) return
    this.#onChange()
  }

  #plansAlike(before: PlanNode, after: PlanNode): boolean {
    const rest = (node: PlanNode) => JSON.stringify({ ...node, labels: undefined })
    if (rest(before) !== rest(after)) return false
    for (const peer of this.#stores.bgpPeers.list()) {
      if (!choosesAlike(peer, before.labels, after.labels)) return false
    }
    return true
  }

  /** Of these kinds the plan reads the specs. */
  readonly #onSpec = (change: Change<{ readonly spec: unknown }>): void => {
    const same =
      change.type === 'updated' && JSON.stringify(change.previous.spec) === JSON.stringify(change.object.spec)
    if (!same) this.#onChange()
  }

  #onAffinity(change: Change<BlockAffinity>): void {
    const { key } = change
    const before = this.#blocks.get(key)
    const after = change.type === 'removed' ? undefined : this.#ownBlock(change.object)
    if (before === after) return
    if (after === undefined) this.#blocks.delete(key)
    else this.#blocks.set(key, after)
    this.#onChange()
  }

  #ownBlock({ spec }: BlockAffinity): string | undefined {
    const confirmed = spec.state === 'confirmed' || spec.state === ''
    const ofNode = (spec.type ?? 'host') === 'host' || spec.type === ''
    return spec.node === this.#node && ofNode && confirmed && !isDeleted(spec.deleted) ? spec.cidr : undefined
  }
}

/** What the plan needs of a node. */
export function readNode(node: Pick<Node, 'metadata'>): PlanNode {
  const { v4, v6 } = nodeBgpAddresses(node)
  const asNumber = nodeAsNumber(node)
  const clusterId = nodeRouteReflectorClusterId(node)
  return {
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    addresses: {
      ...(v4 === undefined ? {} : { 4: formatAddress(v4.address) }),
      ...(v6 === undefined ? {} : { 6: formatAddress(v6.address) }),
    },
    ...(asNumber === undefined ? {} : { asNumber }),
    ...(clusterId === undefined ? {} : { clusterId }),
  }
}

/** Stored as text in Calico's older form. */
function isDeleted(deleted: unknown): boolean {
  return deleted === true || deleted === 'true'
}
