import {
  type KubernetesClient,
  type KubernetesObject,
  keyOf,
  type New,
  namespaces,
  networkPolicies,
  type Pod,
  pods,
  type Resource,
} from '@manx/api'
import type { Named, World } from '../workload/world.ts'

/** Requests at once; more do not make kube-apiserver faster. */
const atOnce = 32

export async function createAll<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  objects: readonly New<T>[],
): Promise<void> {
  await each(objects, (object) => client.create(resource, object))
}

/** Pods with the addresses that their status is to have. */
export async function createPods(client: KubernetesClient, objects: readonly Named<Pod>[]): Promise<void> {
  await each(objects, async (pod) => {
    await client.create(pods, pod)
    if (pod.status === undefined) return
    await client.patchStatus(pods, keyOf(pod), { status: pod.status })
  })
}

export async function createWorld(
  client: KubernetesClient,
  world: World,
  progress: (text: string) => void,
): Promise<void> {
  const podCount = world.localPods.length + world.remotePods.length
  progress(`creating ${podCount} pods and ${world.policies.length} policies`)
  await createAll(client, namespaces, world.namespaces)
  await createPods(client, [...world.localPods, ...world.remotePods])
  await createAll(client, networkPolicies, world.policies)
}

/** Does something to each, many at once. */
export async function each<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const queue = all.values()
  const work = async () => {
    for (const one of queue) await act(one)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work))
}
