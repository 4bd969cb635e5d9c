import {
  ClusterInformation,
  hostPrefix,
  IPAMConfiguration,
  IPPool,
  IPReservation,
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  type Labels,
  nodes,
  type Prefix,
  parseAddress,
  parsePrefix,
  resourceOf,
  type Store,
} from '@manx/api'
import { decodePool, type Pool, type StoredPool } from '../pools/pool.ts'
import { createReservations, noReservations, type Reservations } from '../pools/reservations.ts'
import { resolveOverlaps } from '../pools/resolve-overlaps.ts'
import { type ClusterView, defaultMaxBlocks, defaultSettings, type IpamSettings } from './view.ts'

/**
 * Stores of informers; what is missing is read live, at most once a second. A store that has not listed yet looks as an
 * empty one does, so until `hasSynced` is true what the stores lack is read live too.
 */
export interface IpamStores {
  readonly pools?: Store<StoredPool>
  readonly configurations?: Store<Pick<IPAMConfiguration, 'spec'>>
  readonly nodes?: Store<{ readonly metadata: { readonly labels?: Labels } }>
  readonly clusterInformations?: Store<Pick<ClusterInformation, 'spec'>>
  readonly reservations?: Store<Pick<IPReservation, 'spec'>>
  /** Whether all of these stores have been complete once; absent: nobody knows, so what is not there is looked for live. */
  readonly hasSynced?: () => boolean
}

export function createClusterView(
  client: Pick<KubernetesClient, 'get' | 'list'>,
  node: string,
  stores: IpamStores = {},
): ClusterView {
  const livePools = briefly(async () => (await client.list(resourceOf(IPPool))).items)
  const liveSettings = briefly(() => ignoreNotFound(client.get(resourceOf(IPAMConfiguration), 'default')))
  const liveLabels = briefly(async () => (await client.get(nodes, node)).metadata.labels ?? {})
  const liveLock = briefly(() => ignoreNotFound(client.get(resourceOf(ClusterInformation), 'default')))
  const liveReservations = kept(() => listReservations(client), 10_000)
  const complete = () => stores.hasSynced?.() === true
  /** Of a store with the one object `default`; live unless the store is known to be right. */
  const theDefault = async <T>(store: Store<T> | undefined, live: () => Promise<T | undefined>) => {
    if (store === undefined || (stores.hasSynced !== undefined && !complete())) return live()
    return store.get('default') ?? (complete() ? undefined : live())
  }
  const storedPools = async (): Promise<Iterable<StoredPool>> => {
    if (stores.pools !== undefined && (complete() || (stores.hasSynced === undefined && stores.pools.size > 0))) {
      return stores.pools.list()
    }
    return livePools()
  }
  let resolved: { readonly from: readonly StoredPool[]; readonly pools: readonly Pool[] } | undefined
  return {
    pools: async () => {
      const from = [...(await storedPools())]
      if (resolved?.from.length !== from.length || from.some((pool, index) => pool !== resolved?.from[index])) {
        resolved = { from, pools: resolveOverlaps(from.map(decodePool)) }
      }
      return resolved.pools
    },
    settings: async () => readSettings(await theDefault(stores.configurations, liveSettings)),
    nodeLabels: async () => stores.nodes?.get(node)?.metadata.labels ?? (await liveLabels()),
    reservations: async () => {
      if (stores.reservations === undefined || !complete()) return liveReservations()
      return readReservations(stores.reservations.list())
    },
    locked: async () => {
      const information = await theDefault(stores.clusterInformations, liveLock)
      return information?.spec.datastoreReady === false
    },
  }
}

export function readSettings(stored: Pick<IPAMConfiguration, 'spec'> | undefined): IpamSettings {
  if (stored === undefined) return defaultSettings
  const { strictAffinity, autoAllocateBlocks, maxBlocksPerHost, ipCooldownSeconds } = stored.spec
  return {
    strictAffinity: strictAffinity ?? false,
    autoAllocateBlocks: autoAllocateBlocks ?? true,
    maxBlocksPerHost: maxBlocksPerHost === undefined || maxBlocksPerHost === 0 ? defaultMaxBlocks : maxBlocksPerHost,
    cooldownSeconds: ipCooldownSeconds ?? 0,
  }
}

export function readReservations(stored: Iterable<Pick<IPReservation, 'spec'>>): Reservations {
  const prefixes = [...stored].flatMap(({ spec }) => reservedPrefixes(spec))
  return prefixes.length === 0 ? noReservations : createReservations(prefixes)
}

export function reservedPrefixes({ reservedCIDRs = [] }: IPReservation['spec']): Prefix[] {
  return reservedCIDRs.flatMap((text) => {
    const address = parseAddress(text)
    return address === undefined ? (parsePrefix(text) ?? []) : hostPrefix(address)
  })
}

/**
 * Where the kind is not served there are none; a cluster gets it once at most, so it is not asked for each request. Any
 * other failure is one: to hand out what somebody reserved is worse than to hand out nothing.
 */
async function listReservations(client: Pick<KubernetesClient, 'list'>): Promise<Kept<Reservations>> {
  try {
    return { value: readReservations((await client.list(resourceOf(IPReservation))).items) }
  } catch (error) {
    if (isApiError(error, 'NotFound')) return { value: noReservations, milliseconds: 5 * 60_000 }
    throw error
  }
}

interface Kept<T> {
  readonly value: T
  /** How long to keep it; absent: as usual. */
  readonly milliseconds?: number
}

/** Shares one answer among all who ask within the time; a failure is not kept. */
function kept<T>(read: () => Promise<Kept<T>>, milliseconds: number): () => Promise<T> {
  let answer: Promise<T> | undefined
  let until = 0
  return () => {
    if (answer === undefined || Date.now() >= until) {
      const asked = read().then((found) => {
        if (answer === asked && found.milliseconds !== undefined) until = Date.now() + found.milliseconds
        return found.value
      })
      answer = asked
      until = Date.now() + milliseconds
      asked.catch(() => {
        if (answer === asked) answer = undefined
      })
    }
    return answer
  }
}

const briefly = <T>(read: () => Promise<T>): (() => Promise<T>) => kept(async () => ({ value: await read() }), 1000)
