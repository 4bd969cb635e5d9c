import { createInformer, daemonSets, type Informer, type KubernetesClient, type Logger, type Store } from '@manx/api'
import type { NamespaceFacts } from '../inputs/facts.ts'

export interface DeploymentOptions {
  readonly client: KubernetesClient
  readonly namespace: string
  /** The DaemonSet that the agent's pod is of. */
  readonly daemonSet: string
  readonly namespaces: Store<NamespaceFacts>
  readonly logger: Logger
}

/** What keeps Manx on the nodes. */
export interface Deployment {
  /**
   * True when the API server has said that Manx is being taken off the cluster: the DaemonSet was there and was deleted, or
   * it or its namespace is about to be. Never because an answer is missing, refused, or says that there is nothing.
   */
  isRemoved(): boolean
  /** The DaemonSet is there, as far as is known. */
  isSeen(): boolean
  /** Resolves when the namespace is being deleted, which nobody can take back. */
  readonly namespaceEnds: Promise<void>
  run(signal: AbortSignal): Promise<void>
}

/** Follows the DaemonSet by name. Its deletion must be seen as it happens: the right to ask goes at the same time. */
export function followDeployment(options: DeploymentOptions): Deployment {
  const { client, namespace, daemonSet, namespaces, logger } = options
  const key = `${namespace}/${daemonSet}`
  const informer: Informer<{ readonly uid: string; readonly ending: boolean }> = createInformer(client, daemonSets, {
    logger,
    namespace,
    fieldSelector: `metadata.name=${daemonSet}`,
    project: ({ metadata: { uid = '', deletionTimestamp } }) => ({ uid, ending: deletionTimestamp !== undefined }),
  })
  let deleted = false
  informer.store.subscribe(({ type }) => {
    deleted = type === 'removed'
    if (type === 'added') logger.info('Manx leaves this node when its DaemonSet is deleted', { daemonSet: key })
    if (type === 'removed')
      logger.warn('the DaemonSet was deleted: Manx leaves this node when its pod ends', { daemonSet: key })
  })
  const namespaceEnds = Promise.withResolvers<void>()
  let namespaceEnding = false
  namespaces.subscribe(
    (change) => {
      if (change.key !== namespace || change.type === 'removed') return
      namespaceEnding = change.object.terminating
      if (namespaceEnding) namespaceEnds.resolve()
    },
    { replay: true },
  )
  return {
    isRemoved: () => deleted || namespaceEnding || informer.store.get(key)?.ending === true,
    isSeen: () => informer.store.has(key),
    namespaceEnds: namespaceEnds.promise,
    run: (signal) => informer.run(signal),
  }
}
