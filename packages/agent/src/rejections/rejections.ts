import { type KubernetesObject, keyOf, type MalformedListener } from '@manx/api'

/** An object that the API server took and that cannot be followed, in whole or in part. */
export interface RejectedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly generation?: number
  /** What is wrong, with field, value and what is allowed. */
  readonly message: string
}

/** What was passed over and why, whoever found it out. */
export class Rejections {
  /** By who found it, then by object. */
  readonly #bySource = new Map<string, Map<string, RejectedObject>>()

  /** Without an object: the one of this key is right again, or gone. */
  set(source: string, key: string, object: RejectedObject | undefined): void {
    const found = this.#bySource.get(source) ?? new Map<string, RejectedObject>()
    this.#bySource.set(source, found)
    if (object === undefined) found.delete(key)
    else found.set(key, object)
  }

  /** Says all that one source rejects now, instead of what it said before. */
  replace(source: string, objects: Iterable<RejectedObject>): void {
    const found = new Map<string, RejectedObject>()
    for (const object of objects) found.set(identityOf(object), object)
    this.#bySource.set(source, found)
  }

  /** For an informer of one kind, about objects that are none of that kind. */
  listener(source: string): MalformedListener<KubernetesObject> {
    return (key, malformed) => this.set(source, key, malformed && rejectedObject(malformed.object, malformed.message))
  }

  /** Each object once. */
  list(): readonly RejectedObject[] {
    const all = new Map<string, RejectedObject>()
    for (const found of this.#bySource.values()) {
      for (const object of found.values()) if (!all.has(identityOf(object))) all.set(identityOf(object), object)
    }
    return [...all.values()]
  }
}

export function rejectedObject({ apiVersion, kind, metadata }: KubernetesObject, message: string): RejectedObject {
  const { name, namespace, uid, generation } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    message,
  }
}

/** `NetworkPolicy default/web`. */
export function nameOf({ kind, name, namespace = '' }: RejectedObject): string {
  return `${kind} ${keyOf({ metadata: { name, namespace } })}`
}

/** Kubernetes and Calico have kinds of the same name. */
const identityOf = (object: RejectedObject): string => `${object.apiVersion.split('/')[0]} ${nameOf(object)}`
