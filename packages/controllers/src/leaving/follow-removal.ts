import {
  createInformer,
  type Informer,
  type KubernetesClient,
  type KubernetesObject,
  type Logger,
  namespaces,
  type Resource,
  type SelectOptions,
  serviceAccounts,
} from '@manx/api'
import { customResourceDefinitions, deployments } from './resources.ts'

export interface RemovalOptions {
  readonly client: KubernetesClient
  readonly namespace: string
  /** The Deployment that this process is of. */
  readonly deployment: string
  /** The account that it runs as; absent: not one of the cluster. */
  readonly serviceAccount?: string
  readonly logger: Logger
}

/** What takes Manx, or some of its kinds, off the cluster. Only what the API server has told counts, see ADR 0006. */
export interface Removal {
  /** The controllers go: their Deployment or namespace is deleted, or nobody is to run. */
  controllersEnd(): boolean
  /** The kind goes, and all its objects: nobody can take that back. By its CRD's name. */
  kindEnds(crd: string): boolean
  /** The kind is not there, and so has no objects. False as long as that is not known. */
  kindIsGone(crd: string): boolean
  /** The account is being deleted, and is valid for a minute more. */
  accountEnds(): boolean
  /** The finalizer is on the account. */
  isAccountHeld(finalizer: string): boolean
  /** All of that is known. */
  readonly synced: Promise<unknown>
  hasSynced(): boolean
  subscribe(listener: () => void): void
  run(signal: AbortSignal): Promise<unknown>
  readonly informers: readonly Informer<unknown>[]
}

interface Followed {
  readonly ending: boolean
  readonly finalizers: readonly string[]
  readonly replicas?: number
}

export function followRemoval(options: RemovalOptions, crds: readonly string[]): Removal {
  const { client, namespace, deployment, serviceAccount, logger } = options
  const follow = <T extends KubernetesObject & { readonly spec?: unknown }>(
    resource: Resource<T>,
    name: string,
    where: SelectOptions = {},
  ): Informer<Followed> =>
    createInformer(client, resource, {
      logger,
      ...where,
      fieldSelector: `metadata.name=${name}`,
      project: ({ metadata: { deletionTimestamp, finalizers = [] }, spec }) => ({
        ending: deletionTimestamp !== undefined,
        finalizers,
        ...replicasOf(spec),
      }),
    })
  const kinds = new Map(crds.map((name) => [name, follow(customResourceDefinitions, name)]))
  const own = follow(deployments, deployment, { namespace })
  const home = follow(namespaces, namespace)
  const account = serviceAccount === undefined ? undefined : follow(serviceAccounts, serviceAccount, { namespace })
  let deleted = false
  own.store.subscribe(({ type }) => {
    deleted = type === 'removed'
  })
  const informers = [...kinds.values(), own, home, ...(account === undefined ? [] : [account])]
  const ends = (informer: Informer<Followed> | undefined) =>
    [...(informer?.store.list() ?? [])].some(({ ending }) => ending)
  const isIdle = () => [...own.store.list()].some(({ replicas }) => replicas === 0)
  return {
    controllersEnd: () => deleted || ends(own) || ends(home) || isIdle(),
    kindEnds: (crd) => ends(kinds.get(crd)),
    kindIsGone: (crd) => kinds.get(crd)?.hasSynced === true && kinds.get(crd)?.store.size === 0,
    accountEnds: () => ends(account),
    isAccountHeld: (finalizer) =>
      [...(account?.store.list() ?? [])].some(({ finalizers }) => finalizers.includes(finalizer)),
    synced: Promise.all(informers.map(({ synced }) => synced)),
    hasSynced: () => informers.every(({ hasSynced }) => hasSynced),
    subscribe: (listener) => {
      for (const { store } of informers) store.subscribe(listener)
    },
    run: (signal) => Promise.all(informers.map((informer) => informer.run(signal))),
    informers,
  }
}

function replicasOf(spec: unknown): { readonly replicas?: number } {
  const isDeployment = typeof spec === 'object' && spec !== null && 'replicas' in spec
  return isDeployment && typeof spec.replicas === 'number' ? { replicas: spec.replicas } : {}
}
