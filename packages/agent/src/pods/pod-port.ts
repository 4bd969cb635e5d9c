import {
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  namespaces,
  parseAddress,
  pods,
  type WorkloadEndpoint,
} from '@manx/api'
import type { CniPorts } from '@manx/cni'
import { CniError } from '@manx/cni'
import { type Informers, namespaceFacts, type OwnPod, ownPod } from '../inputs/informers.ts'

const annotation = {
  podIp: 'cni.projectcalico.org/podIP',
  podIps: 'cni.projectcalico.org/podIPs',
  containerId: 'cni.projectcalico.org/containerID',
} as const

/** Pods and namespaces out of the watch; live when ADD is faster than the watch, which it often is. */
export function createPodPort(
  client: KubernetesClient,
  informers: Pick<Informers, 'pods' | 'namespaces'>,
): CniPorts['pods'] {
  return {
    find: async ({ namespace, name, uid }, signal) => {
      const key = `${namespace}/${name}`
      try {
        const known = informers.pods.store.get(key)
        const pod =
          known !== undefined && isThisPod(known, uid)
            ? known
            : await ignoreNotFound(client.get(pods, key, { signal })).then((found) => found && ownPod(found))
        if (pod === undefined) return undefined
        const inNamespace =
          informers.namespaces.store.get(namespace) ??
          namespaceFacts(await client.get(namespaces, namespace, { signal }))
        return {
          uid: pod.uid,
          annotations: pod.annotations,
          namespaceAnnotations: inNamespace.annotations,
          namespaceLabels: inNamespace.labels,
        }
      } catch (error) {
        if (!isApiError(error)) throw error
        throw new CniError('tryAgainLater', `cannot read pod ${key}`, { details: error.message, cause: error })
      }
    },
    annotate: (endpoint, addresses, signal) => annotate(client, endpoint, addresses, signal),
  }
}

function isThisPod(pod: OwnPod, uid: string | undefined): boolean {
  return uid === undefined || pod.uid === uid || pod.annotations['kubernetes.io/config.mirror'] === uid
}

async function annotate(
  client: KubernetesClient,
  endpoint: WorkloadEndpoint,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const key = `${endpoint.namespace}/${endpoint.pod}`
  const withLength = addresses.map((text) => `${text}/${parseAddress(text)?.family === 6 ? 128 : 32}`)
  let annotations: Readonly<Record<string, string>> = {
    [annotation.podIp]: withLength[0] ?? '',
    [annotation.podIps]: withLength.join(','),
    [annotation.containerId]: endpoint.containerId,
  }
  if (addresses.length === 0) {
    const present = await ignoreNotFound(client.get(pods, key, { signal }))
    // A newer sandbox has written its own.
    if (present?.metadata.annotations?.[annotation.containerId] !== endpoint.containerId) return
    annotations = { [annotation.podIp]: '', [annotation.podIps]: '' }
  }
  const uid = endpoint.podUid === undefined ? {} : { uid: endpoint.podUid }
  try {
    await client.patchStatus(pods, key, { metadata: { ...uid, annotations } }, { signal })
  } catch (error) {
    // The pod is gone, or another one has its name by now (its UID is a precondition).
    if (!isApiError(error, 'NotFound', 'Conflict', 'Invalid')) throw error
  }
}
