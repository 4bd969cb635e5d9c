import type { AnyKind, KubernetesClient, KubernetesObject, ObjectMeta, Resource } from '@manx/api'

/** An object as the command line handles it: kind, metadata and spec, whatever the kind. */
export interface CliObject extends KubernetesObject {
  readonly spec?: unknown
  readonly status?: unknown
}

export interface Column {
  readonly title: string
  readonly value: (object: CliObject, context: TableContext) => string
}

/** What columns need beside the object. */
export interface TableContext {
  /** AS number of nodes that have none of their own. */
  readonly asNumber: number
}

/** Of which object the API server is asked to delete what has the name. */
export interface DeletePreconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** A kind as `manxctl` knows it. */
export interface CliKind {
  readonly kind: string
  readonly apiVersion: string
  /** Lower case; the first is the one that help shows. */
  readonly aliases: readonly string[]
  readonly columns: readonly Column[]
  readonly wideColumns: readonly Column[]
  readonly resource: Resource<CliObject>
  /** Absent: the kind can only be read. */
  readonly definition?: AnyKind
  /** Why the kind cannot be written, and what to do instead. */
  readonly readOnly?: string
  /** Why an object of this name cannot be of the kind, and what to do instead. */
  readonly explainName?: (metadata: ObjectMeta) => string | undefined
  /** How an object of the API is shown; default as it is. */
  readonly present?: (object: CliObject) => CliObject
  /** Reads all objects, of one namespace when it is given, where they follow from objects of other kinds. */
  readonly readAll?: (client: KubernetesClient, namespace: string | undefined) => Promise<readonly CliObject[]>
  /** Checks against the cluster before an object is made; what is returned is wrong with it. */
  readonly checkNew?: (
    client: KubernetesClient,
    object: CliObject,
    warn: (text: string) => void,
  ) => Promise<readonly string[]>
  /** What to do before an object is deleted; says which object that is then. Fails with `Conflict` when it is another version than given. */
  readonly beforeDelete?: (
    client: KubernetesClient,
    object: CliObject,
    warn: (text: string) => void,
  ) => Promise<DeletePreconditions>
}

/** The version that users gave; nothing when any will do. */
export function versionOf({ metadata: { resourceVersion } }: CliObject): DeletePreconditions {
  return resourceVersion === undefined ? {} : { resourceVersion }
}
