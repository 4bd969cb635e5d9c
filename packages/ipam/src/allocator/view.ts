import type { Pool } from '../pools/pool.ts'
import type { Reservations } from '../pools/reservations.ts'

export interface IpamSettings {
  readonly strictAffinity: boolean
  /** False: nodes use the blocks they have and take no new ones. */
  readonly autoAllocateBlocks: boolean
  /** Blocks of one family that a node may have; never 0. */
  readonly maxBlocksPerHost: number
  readonly cooldownSeconds: number
}

/** What the allocator knows of the cluster, from informers where there are some and read live where not. */
export interface ClusterView {
  pools(): Promise<readonly Pool[]>
  settings(): Promise<IpamSettings>
  nodeLabels(): Promise<Readonly<Record<string, string>>>
  reservations(): Promise<Reservations>
  /** True while ClusterInformation locks the datastore. */
  locked(): Promise<boolean>
}

/** Blocks of one family per node where IPAMConfiguration says 0 or nothing. */
export const defaultMaxBlocks = 20

export const defaultSettings: IpamSettings = {
  strictAffinity: false,
  autoAllocateBlocks: true,
  maxBlocksPerHost: defaultMaxBlocks,
  cooldownSeconds: 0,
}
