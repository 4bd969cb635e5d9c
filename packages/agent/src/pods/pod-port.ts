import {
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  type Labels,
  namespaces,
  parseAddress,
  pods,
  serviceAccounts,
  type WorkloadEndpoint,
} from '@manx/api'
import type { CniPorts } from '@manx/cni'
import { CniError } from '@manx/cni'
import type { Felix } from '@manx/felix'
import { accountFacts, type NamespaceFacts, namespaceFacts, type PodFacts, podFacts } from '../inputs/facts.ts'
import { type Informers, policyInputs } from '../inputs/informers.ts'
import { policyFollowed } from './policy-followed.ts'

const annotation = {
  podIp: 'cni.projectcalico.org/podIP',
  podIps: 'cni.projectcalico.org/podIPs',
  containerId: 'cni.projectcalico.org/containerID',
} as const

export interface PodPortOptions {
  readonly client: KubernetesClient
  readonly node: string
  readonly informers: Informers
  /** Hears of namespaces and service accounts that were read live. */
  readonly felix: Pick<Felix, 'setNamespace' | 'setServiceAccount'>
}

/** Pods and what lends them labels, out of the watch; live when ADD is faster than the watch, which it often is. */
export function createPodPort(options: PodPortOptions): CniPorts['pods'] {
  const { client, node, informers } = options
  return {
    find: async ({ namespace, name, uid }, signal) => {
      const key = `${namespace}/${name}`
      // Later than the pod was made, so policies that were made before it are known, unless their watch, which is another one than
      // that of pods, is slower at this moment: nobody can ask it how far it is. Such a policy is in force as soon as it comes.
      await policyFollowed(policyInputs(informers), signal)
      try {
        const known = informers.pods.store.get(key)
        if (known !== undefined && isThisPod(known, uid)) {
          return { ...(await inNamespace(options, namespace, signal)), uid: known.uid, annotations: known.annotations }
        }
        // The watch has not seen it, or still shows another one of this name: what is read now counts.
        const found = await ignoreNotFound(client.get(pods, key, { signal }))
        if (found === undefined) return undefined
        const { state, ...facts } = podFacts(found, node)
        const [around] = await Promise.all([
          inNamespace(options, namespace, signal),
          knowAccount(options, namespace, state?.serviceAccount ?? '', signal),
        ])
        return { ...around, ...facts, ...(state === undefined ? {} : { live: { ...state, uid: facts.uid } }) }
      } catch (error) {
        if (!isApiError(error)) throw error
        throw new CniError('tryAgainLater', `cannot read pod ${key}`, { details: error.message, cause: error })
      }
    },
    annotate: (endpoint, addresses, signal) => annotate(client, endpoint, addresses, signal),
  }
}

function isThisPod(pod: PodFacts, uid: string | undefined): boolean {
  return uid === undefined || pod.uid === uid || pod.annotations['kubernetes.io/config.mirror'] === uid
}

async function inNamespace(
  { client, informers, felix }: PodPortOptions,
  name: string,
  signal: AbortSignal,
): Promise<{
  readonly namespaceAnnotations: NamespaceFacts['annotations']
  readonly namespaceLabels: Labels
}> {
  const { store } = informers.namespaces
  const read = store.get(name) ?? namespaceFacts(await client.get(namespaces, name, { signal }))
  // The watch may have spoken meanwhile, and what it says is newer.
  const { labels, annotations } = store.get(name) ?? read
  if (!store.has(name)) felix.setNamespace(name, labels)
  return { namespaceAnnotations: annotations, namespaceLabels: labels }
}

/** An account that is not there has no labels; policy does not wait for it. */
async function knowAccount(
  { client, informers, felix }: PodPortOptions,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { store } = informers.serviceAccounts
  const key = `${namespace}/${name}`
  if (name === '' || store.has(key)) return
  const found = await ignoreNotFound(client.get(serviceAccounts, key, { signal }))
  if (found !== undefined && !store.has(key)) felix.setServiceAccount(key, accountFacts(found).labels)
}

async function annotate(
  client: KubernetesClient,
  endpoint: WorkloadEndpoint,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (addresses.length === 0) return clear(client, endpoint, signal)
  const withLength = addresses.map((text) => `${text}/${parseAddress(text)?.family === 6 ? 128 : 32}`)
  const annotations = {
    [annotation.podIp]: withLength[0] ?? '',
    [annotation.podIps]: withLength.join(','),
    [annotation.containerId]: endpoint.containerId,
  }
  await patchAnnotations(client, endpoint, { annotations }, signal)
}

/** Writers that may come between before it is given up: the annotations of a pod that ends harm nobody. */
const mostTries = 5

/** Takes back what this sandbox has written; what a newer one wrote stays, also when it does so at this very moment. */
async function clear(client: KubernetesClient, endpoint: WorkloadEndpoint, signal: AbortSignal): Promise<void> {
  const annotations = { [annotation.podIp]: '', [annotation.podIps]: '' }
  for (let tries = 0; tries < mostTries; tries++) {
    const present = await ignoreNotFound(client.get(pods, `${endpoint.namespace}/${endpoint.pod}`, { signal }))
    if (present?.metadata.annotations?.[annotation.containerId] !== endpoint.containerId) return
    const { resourceVersion } = present.metadata
    const metadata = { ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations }
    if (await patchAnnotations(client, endpoint, metadata, signal)) return
  }
}

/** False when somebody wrote the pod first. */
async function patchAnnotations(
  client: KubernetesClient,
  { namespace, pod, podUid }: WorkloadEndpoint,
  metadata: { readonly resourceVersion?: string; readonly annotations: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<boolean> {
  const uid = podUid === undefined ? {} : { uid: podUid }
  try {
    await client.patchStatus(pods, `${namespace}/${pod}`, { metadata: { ...uid, ...metadata } }, { signal })
    return true
  } catch (error) {
    // The pod is gone, or another one has its name by now (its UID is a precondition).
    if (!isApiError(error, 'NotFound', 'Conflict', 'Invalid')) throw error
    return false
  }
}
