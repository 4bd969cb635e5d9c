import type { KubernetesObject, ObjectMeta } from './metadata.ts'
import type { Complete, Rule, Schema, Written } from './schema/schema.ts'

/** One thing wrong with an object. */
export interface Issue {
  /** Where: `spec.cidr`, `spec.communities[2].value`, `metadata.name`. */
  readonly path: string
  readonly value: unknown
  /** What is allowed there. */
  readonly message: string
  /** What kind of fault it is, where tools tell these apart; else the value is wrong. */
  readonly fault?: 'UnknownField' | 'MissingField'
  /** What was probably meant, to be written instead. */
  readonly suggestion?: string
}

export interface PrinterColumn {
  readonly name: string
  readonly jsonPath: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
}

/** What names objects of a kind may have, beyond what Kubernetes asks of all names. */
export interface NameRule {
  /** For the API server and for us: only what RE2 and JavaScript have in common. */
  readonly pattern: string
  readonly message: string
}

/** What `defineKind` takes: all there is to say about a kind, once. */
export interface KindDefinition<S, CS, T, CT> {
  readonly kind: string
  readonly plural: string
  readonly shortNames?: readonly string[]
  readonly scope: 'Cluster' | 'Namespaced'
  readonly doc: string
  readonly spec: Schema<S, CS>
  /** Present: the kind has a status subresource. */
  readonly status?: Schema<T, CT>
  readonly printerColumns?: readonly PrinterColumn[]
  /** JSON paths usable as field selectors. */
  readonly selectableFields?: readonly string[]
  readonly name?: NameRule
  /** Rules for the whole object, where `self.metadata.name` and `self.spec` can be asked. */
  readonly rules?: readonly Rule<{ readonly metadata: ObjectMeta; readonly spec: S }>[]
  /** The part of validation that spans fields or metadata. Called only for objects whose shape is right. */
  check?(object: { readonly metadata: ObjectMeta; readonly spec: S; readonly status?: T }): readonly Issue[]
}

/** A kind: its definition plus where the API server has it. */
export interface Kind<S = unknown, T = unknown, CS = S, CT = T> extends KindDefinition<S, CS, T, CT> {
  readonly group: string
  readonly version: string
}

/** Objects of a kind as stored. */
export interface ObjectOf<K> extends KubernetesObject {
  readonly spec: K extends Kind<infer S, infer _T, infer _CS, infer _CT> ? S : never
  readonly status?: K extends Kind<infer _S, infer T, infer _CS, infer _CT> ? T : never
}

/** Objects of a kind after `withDefaults`. */
export interface CompleteObjectOf<K> extends KubernetesObject {
  readonly spec: K extends Kind<infer _S, infer _T, infer CS, infer _CT> ? CS : never
  readonly status?: K extends Kind<infer _S, infer _T, infer _CS, infer CT> ? CT : never
}

/** A kind of any type, for code that handles them all. */
export type AnyKind = Kind<unknown, unknown, unknown, unknown>

export const calicoGroup = 'projectcalico.org'
export const calicoVersion = 'v3'

/** Defines a kind of Calico's API group. Types, CRD, validation and defaults follow from it. */
export function defineKind<S, CS, T = never, CT = never>(definition: KindDefinition<S, CS, T, CT>): Kind<S, T, CS, CT> {
  return { group: calicoGroup, version: calicoVersion, ...definition }
}

/** `group/version`, as objects have it. */
export function apiVersionOf(kind: Pick<AnyKind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
}

export type { Complete, Written }
