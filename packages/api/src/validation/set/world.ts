import type { AnyKind, Issue, ObjectOf } from '../../kind.ts'
import type { KubernetesObject } from '../../metadata.ts'
import { findingOf } from '../check-document.ts'
import type { Finding, FindingCode } from '../finding.ts'
import type { SourceDocument } from '../yaml/read-source.ts'

/** An object that is there: in the documents, or in the cluster they are for. */
export interface WorldObject<T extends KubernetesObject = KubernetesObject> {
  readonly group: string
  readonly kind: string
  readonly name: string
  /** Empty for objects without one. */
  readonly namespace: string
  readonly object: T
  /** Nothing is wrong with it by itself. */
  readonly right: boolean
  /** Absent: it is in the cluster only. */
  readonly source?: SourceDocument
}

/** What is in a cluster, as far as it was read. */
export interface ClusterView {
  readonly objects: readonly KubernetesObject[]
  /** The kinds of which all objects are among `objects`, as `projectcalico.org/Tier` and `/Pod`. */
  readonly complete: ReadonlySet<string>
}

interface KindName {
  readonly group: string
  readonly kind: string
}

/** All objects that a set of documents will be among. What documents say takes the place of what the cluster has. */
export class World {
  readonly findings: Finding[] = []
  readonly #byKind = new Map<string, WorldObject[]>()
  readonly #byKey = new Map<string, WorldObject>()
  readonly #complete: ReadonlySet<string>

  constructor(documents: readonly WorldObject[], cluster: ClusterView | undefined) {
    this.#complete = cluster?.complete ?? new Set()
    for (const one of documents) this.#add(one)
    for (const object of cluster?.objects ?? []) {
      const { apiVersion, kind, metadata } = object
      const slash = apiVersion.lastIndexOf('/')
      const group = slash < 0 ? '' : apiVersion.slice(0, slash)
      const one = { group, kind, name: metadata.name, namespace: metadata.namespace ?? '', object, right: true }
      if (!this.#byKey.has(keyOf(one))) this.#add(one)
    }
  }

  /** Those of a kind with nothing wrong in themselves. */
  of<K extends AnyKind>(kind: K): readonly WorldObject<ObjectOf<K>>[] {
    return this.ofCore<ObjectOf<K>>(kind)
  }

  /** As `of`, for kinds that Kubernetes defines: what is in them is to be looked at with care. */
  ofCore<T extends KubernetesObject>({ group, kind }: KindName): readonly WorldObject<T>[] {
    return this.allOf({ group, kind }).filter(({ right }) => right) as unknown as WorldObject<T>[]
  }

  /** As `of`, and those with something wrong, whose spec may be anything. */
  allOf({ group, kind }: KindName): readonly WorldObject[] {
    return this.#byKind.get(`${group}/${kind}`) ?? []
  }

  /** The names of all objects of a kind, also of those with something wrong. */
  namesOf({ group, kind }: KindName): ReadonlySet<string> {
    return new Set((this.#byKind.get(`${group}/${kind}`) ?? []).map(({ name }) => name))
  }

  find({ group, kind }: KindName, name: string, namespace = ''): WorldObject | undefined {
    return this.#byKey.get(keyOf({ group, kind, name, namespace }))
  }

  /** All objects of the kind are known, so that one that is not found does not exist. */
  isComplete({ group, kind }: KindName): boolean {
    return this.#complete.has(`${group}/${kind}`)
  }

  /** Adds a warning about an object of the documents; what is in the cluster only is not the documents' fault. */
  warn(about: WorldObject, code: FindingCode, issue: Issue, related: Finding['related'] = []): void {
    if (about.source === undefined) return
    const finding = { ...findingOf(about.source, issue, code), severity: 'warning' } as const
    this.findings.push(related.length === 0 ? finding : { ...finding, related })
  }

  #add(one: WorldObject): void {
    const kind = `${one.group}/${one.kind}`
    const list = this.#byKind.get(kind)
    if (list === undefined) this.#byKind.set(kind, [one])
    else list.push(one)
    const key = keyOf(one)
    const before = this.#byKey.get(key)
    if (before === undefined) this.#byKey.set(key, one)
    else {
      const issue = {
        path: 'metadata.name',
        value: one.name,
        message: `is there twice: ${describe(one)} is in ${whereIs(before)}, too`,
      }
      this.warn(one, 'DuplicateObject', issue, relatedTo(before, 'metadata.name', 'the first one'))
    }
  }
}

function keyOf({ group, kind, name, namespace }: Pick<WorldObject, 'group' | 'kind' | 'name' | 'namespace'>): string {
  return `${group}/${kind}/${namespace}/${name}`
}

/** `IPPool main`, `NetworkPolicy shop/web`. */
export function describe({ kind, name, namespace }: Pick<WorldObject, 'kind' | 'name' | 'namespace'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

/** Where a person finds it: `pools.yaml, document 2`, `the cluster`. */
export function whereIs({ source }: WorldObject): string {
  return source === undefined ? 'the cluster' : `${source.file}, document ${source.document}`
}

/** The place of another object that a finding has to do with; nothing for objects of the cluster. */
export function relatedTo({ source }: WorldObject, path: string, message: string): NonNullable<Finding['related']> {
  return source === undefined ? [] : [{ ...source.placeOf(path, 'value'), message }]
}
