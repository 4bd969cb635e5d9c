import {
  ClusterInformation,
  IPAMConfiguration,
  IPPool,
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  type KubernetesObject,
  type Labels,
  nodes,
  parsePrefix,
  type Resource,
  resourceOf,
  type Store,
} from '@manx/api'
import { decodePool, type Pool, type StoredPool } from '../pools/pool.ts'
import { createReservations, noReservations, type Reservations } from '../pools/reservations.ts'
import { type ClusterView, defaultMaxBlocks, defaultSettings, type IpamSettings } from './view.ts'

/** Stores of informers that run already; what is missing is read live, at most once a second. */
export interface IpamStores {
  readonly pools?: Store<StoredPool>
  readonly configurations?: Store<Pick<IPAMConfiguration, 'spec'>>
  readonly nodes?: Store<{ readonly metadata: { readonly labels?: Labels } }>
  readonly clusterInformations?: Store<Pick<ClusterInformation, 'spec'>>
  readonly reservations?: Store<Pick<IPReservation, 'spec'>>
}

/** Calico's kind for addresses that are not to be handed out; served only where its CRD is installed. */
export interface IPReservation extends KubernetesObject {
  readonly spec: { readonly reservedCIDRs?: readonly string[] }
}

export const reservationResource: Resource<IPReservation> = {
  group: 'projectcalico.org',
  version: 'v3',
  plural: 'ipreservations',
  kind: 'IPReservation',
  namespaced: false,
}

export function createClusterView(
  client: Pick<KubernetesClient, 'get' | 'list'>,
  node: string,
  stores: IpamStores = {},
): ClusterView {
  const decoded = new WeakMap<object, Pool>()
  const decode = (stored: StoredPool): Pool => {
    const pool = decoded.get(stored) ?? decodePool(stored)
    decoded.set(stored, pool)
    return pool
  }
  const livePools = briefly(async () => (await client.list(resourceOf(IPPool))).items)
  const liveSettings = briefly(() => ignoreNotFound(client.get(resourceOf(IPAMConfiguration), 'default')))
  const liveLabels = briefly(async () => (await client.get(nodes, node)).metadata.labels ?? {})
  const liveLock = briefly(() => ignoreNotFound(client.get(resourceOf(ClusterInformation), 'default')))
  const liveReservations = briefly(() => listReservations(client), 10_000)
  return {
    pools: async () => [...(stores.pools?.list() ?? (await livePools()))].map(decode),
    settings: async () =>
      readSettings(stores.configurations === undefined ? await liveSettings() : stores.configurations.get('default')),
    nodeLabels: async () => stores.nodes?.get(node)?.metadata.labels ?? (await liveLabels()),
    reservations: async () => {
      if (stores.reservations === undefined) return liveReservations()
      return readReservations(stores.reservations.list())
    },
    locked: async () => {
      const { clusterInformations } = stores
      const information = clusterInformations === undefined ? await liveLock() : clusterInformations.get('default')
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

function readReservations(stored: Iterable<Pick<IPReservation, 'spec'>>): Reservations {
  const prefixes = [...stored].flatMap(({ spec }) => (spec.reservedCIDRs ?? []).map((text) => parsePrefix(text)))
  return prefixes.length === 0 ? noReservations : createReservations(prefixes.filter((one) => one !== undefined))
}

async function listReservations(client: Pick<KubernetesClient, 'list'>): Promise<Reservations> {
  try {
    return readReservations((await client.list(reservationResource)).items)
  } catch (error) {
    // The kind is not served, or this node may not read it: then there are none.
    if (isApiError(error, 'NotFound', 'Forbidden')) return noReservations
    throw error
  }
}

/** Shares one answer among all who ask within the time; a failure is not kept. */
function briefly<T>(read: () => Promise<T>, milliseconds = 1000): () => Promise<T> {
  let answer: Promise<T> | undefined
  let until = 0
  return () => {
    if (answer === undefined || Date.now() >= until) {
      const asked = read()
      answer = asked
      until = Date.now() + milliseconds
      asked.catch(() => {
        if (answer === asked) answer = undefined
      })
    }
    return answer
  }
}
