import type { KubernetesObject } from '../metadata.ts'
import type { Resource } from '../resource.ts'
import { isApiError } from './api-error.ts'
import type { KubernetesClient, ObjectRef, PatchOptions } from './client.ts'

export interface FinalizerChange {
  readonly finalizer: string
  /** Whether it is to be there. */
  readonly wanted: boolean
}

/**
 * Puts a finalizer on an object, or takes it off, only if nobody writes the object between reading and writing it: code
 * Conflict. Does nothing when it is so already, when the object is gone, or to protect one that is being deleted.
 */
export async function setFinalizer<T extends KubernetesObject>(
  client: Pick<KubernetesClient, 'get' | 'patch'>,
  resource: Resource<T>,
  ref: ObjectRef,
  { finalizer, wanted }: FinalizerChange,
  options: Pick<PatchOptions, 'signal' | 'fieldManager' | 'timeout'> = {},
): Promise<void> {
  try {
    const { metadata } = await client.get(resource, ref, options)
    const { resourceVersion, finalizers = [], deletionTimestamp } = metadata
    if (finalizers.includes(finalizer) === wanted || (wanted && deletionTimestamp !== undefined)) return
    const others = finalizers.filter((one) => one !== finalizer)
    const patch = { metadata: { resourceVersion, finalizers: wanted ? [...others, finalizer] : others } }
    await client.patch(resource, ref, patch, options)
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error
  }
}
