import { isApiError, type KubernetesClient, type KubernetesObject, type Resource, setFinalizer } from '@manx/api'

/** A kind whose objects the controllers hold with a finalizer. */
export interface HeldKind {
  readonly resource: Resource<KubernetesObject>
  readonly finalizer: string
}

export const crdNameOf = ({ resource }: HeldKind): string => `${resource.plural}.${resource.group}`

/**
 * Takes the finalizer off every object of the kind, until none has it or the kind is gone. Says whether those that are left are
 * all being deleted: the API server takes no new finalizers on them.
 */
export async function letGo(
  client: Pick<KubernetesClient, 'list' | 'get' | 'patch'>,
  { resource, finalizer }: HeldKind,
  signal: AbortSignal,
): Promise<{ readonly allEnd: boolean }> {
  for (;;) {
    const objects = await objectsOf(client, resource, signal)
    const held = objects.filter(({ finalizers = [] }) => finalizers.includes(finalizer)).map(({ name }) => name)
    if (held.length === 0) return { allEnd: objects.every(({ deletionTimestamp }) => deletionTimestamp !== undefined) }
    for (const name of held) {
      try {
        await setFinalizer(client, resource, name, { finalizer, wanted: false }, { signal })
      } catch (error) {
        // Somebody wrote it meanwhile: it is in the next list.
        if (!isApiError(error, 'Conflict')) throw error
      }
    }
  }
}

async function objectsOf(
  client: Pick<KubernetesClient, 'list'>,
  resource: HeldKind['resource'],
  signal: AbortSignal,
): Promise<readonly KubernetesObject['metadata'][]> {
  try {
    const { items } = await client.list(resource, { signal })
    return items.map(({ metadata }) => metadata)
  } catch (error) {
    if (isApiError(error, 'NotFound')) return []
    throw error
  }
}
