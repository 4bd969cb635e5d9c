import { ApiError, isApiError, type KubernetesClient, messageOf } from '@manx/api'
import type { CliKind, CliObject } from '../kinds/cli-kind.ts'

export interface ObjectList {
  readonly objects: readonly CliObject[]
  readonly resourceVersion?: string
}

/** All objects of a kind as they are shown; of one namespace when it is given. */
export async function listObjects(
  client: KubernetesClient,
  kind: CliKind,
  namespace: string | undefined,
): Promise<ObjectList> {
  if (kind.readAll !== undefined) return { objects: await kind.readAll(client, namespace) }
  const within = kind.resource.namespaced && namespace !== undefined ? { namespace } : {}
  const { items, resourceVersion } = await client.list(kind.resource, within)
  return { objects: items.map(presented(kind)), resourceVersion }
}

/** One object as it is shown; fails with `ApiError` when it is not there. */
export async function getObject(
  client: KubernetesClient,
  kind: CliKind,
  name: string,
  namespace: string,
): Promise<CliObject> {
  if (kind.readAll === undefined) {
    const ref = refOf(kind, name, namespace)
    try {
      return presented(kind)(await client.get(kind.resource, ref))
    } catch (error) {
      const hint = isApiError(error, 'NotFound') ? kind.explainName?.(ref) : undefined
      throw hint === undefined ? error : new ApiError('NotFound', `${messageOf(error)}: ${hint}`)
    }
  }
  const within = kind.resource.namespaced ? namespace : undefined
  const found = (await kind.readAll(client, within)).find(({ metadata }) => metadata.name === name)
  if (found === undefined)
    throw new ApiError('NotFound', `${kind.kind} ${within === undefined ? '' : `${within}/`}${name} not found`)
  return found
}

/** How the client takes the object of a kind. */
export function refOf(kind: CliKind, name: string, namespace: string) {
  return kind.resource.namespaced ? { name, namespace } : { name }
}

const presented =
  (kind: CliKind) =>
  (object: CliObject): CliObject =>
    kind.present?.(object) ?? { ...object, apiVersion: kind.apiVersion, kind: kind.kind }
