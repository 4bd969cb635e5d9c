import { isApiError, type KubernetesClient, type KubernetesObject, type Resource, setFinalizer } from '@manx/api'

/** A kind whose objects the controllers hold with a finalizer. */
export interface HeldKind {
  readonly resource: Resource<KubernetesObject>
  readonly finalizer: string
}

export const crdNameOf = ({ resource }: HeldKind): string => `${resource.plural}.${resource.group}`

/** Takes the finalizer off every object of the kind, until none has it or the kind is gone. */
export async function letGo(
  client: Pick<KubernetesClient, 'list' | 'get' | 'patch'>,
  { resource, finalizer }: HeldKind,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const held = await heldObjects(client, { resource, finalizer }, signal)
    if (held.length === 0) return
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

async function heldObjects(
  client: Pick<KubernetesClient, 'list'>,
  { resource, finalizer }: HeldKind,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { items } = await client.list(resource, { signal })
    return items.filter(({ metadata }) => metadata.finalizers?.includes(finalizer)).map(({ metadata }) => metadata.name)
  } catch (error) {
    if (isApiError(error, 'NotFound')) return []
    throw error
  }
}
