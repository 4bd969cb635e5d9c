import {
  type KubernetesClient,
  type KubernetesObject,
  type New,
  namespaces,
  networkPolicies,
  pods,
  type Resource,
} from '@manx/api'
import type { World } from '../workload/world.ts'

/** Requests at once; more do not make kube-apiserver faster. */
const atOnce = 32

export async function createAll<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  objects: readonly New<T>[],
): Promise<void> {
  const queue = objects.values()
  const work = async () => {
    for (const object of queue) await client.create(resource, object)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, objects.length) }, work))
}

export async function createWorld(
  client: KubernetesClient,
  world: World,
  progress: (text: string) => void,
): Promise<void> {
  const podCount = world.localPods.length + world.remotePods.length
  progress(`creating ${podCount} pods and ${world.policies.length} policies`)
  await createAll(client, namespaces, world.namespaces)
  await createAll(client, pods, [...world.localPods, ...world.remotePods])
  await createAll(client, networkPolicies, world.policies)
}

export async function deleteAll<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  keys: readonly string[],
): Promise<void> {
  const queue = keys.values()
  const work = async () => {
    for (const key of queue) await client.delete(resource, key, { gracePeriodSeconds: 0 })
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, keys.length) }, work))
}
