/** A rule in the Common Expression Language that the API server runs; `self` is the value, `oldSelf` what it was. */
export interface Rule<T = never> {
  readonly rule: string
  /** What is allowed, for the user who wrote something else. */
  readonly message: string
  /** The field of the value that the message is about; the value itself when absent. */
  readonly at?: string
  /** The same in TypeScript, for validation without a server. Absent where the `check` beside the rules says it. */
  holds?(self: T): boolean
}

interface Common {
  /** For `kubectl explain`. */
  readonly doc?: string
  /** What kind of text or number it is, in a word or two for the reference: `selector`, `duration`. */
  readonly form?: string
  readonly nullable?: boolean
  readonly rules?: readonly Rule[]
  /** Stored by the API server when the field is absent. */
  readonly default?: unknown
  /** What every reader takes an absent field for, though it is not stored; a function gets the object around the field. */
  readonly assumed?: unknown
  /** The part of validation that a schema cannot say. Returns what is allowed, or undefined when the value is. */
  readonly check?: (value: never) => string | undefined
}

export interface StringNode extends Common {
  readonly type: 'string'
  readonly format?: 'date-time' | 'cidr'
  /** One of these formats, for the API server; unlike a rule, this costs nothing of its budget for rules. */
  readonly formats?: readonly ('ipv4' | 'ipv6' | 'cidr')[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly enum?: readonly string[]
  /** The values of `enum` in any case, and the empty string for none. */
  readonly ignoreCase?: boolean
}

export interface IntegerNode extends Common {
  readonly type: 'integer'
  readonly format?: 'int32' | 'int64'
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly number[]
}

export interface NumberNode extends Common {
  readonly type: 'number'
}

export interface BooleanNode extends Common {
  readonly type: 'boolean'
}

export interface IntOrStringNode extends Common {
  readonly type: 'intOrString'
  readonly pattern?: string
  readonly maxLength?: number
}

export interface ListNode extends Common {
  readonly type: 'list'
  readonly items: Node
  readonly list?: 'set' | 'map' | 'atomic'
  /** The fields that tell items of a `map` list apart. */
  readonly keys?: readonly string[]
  readonly maxItems?: number
  readonly minItems?: number
  /** All items match the same one of these patterns; for the API server, a rule says it to us. */
  readonly alike?: readonly string[]
}

export interface MapNode extends Common {
  readonly type: 'map'
  readonly values: Node
  readonly maxProperties?: number
}

export interface ObjectNode extends Common {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, Node>>
  readonly required: readonly string[]
}

export type Node =
  | StringNode
  | IntegerNode
  | NumberNode
  | BooleanNode
  | IntOrStringNode
  | ListNode
  | MapNode
  | ObjectNode

declare const written: unique symbol
declare const complete: unique symbol
declare const presence: unique symbol

/**
 * The shape of one value and, for TypeScript, its two types: W as it may be written and stored, C with all defaults.
 * P says whether the field must be written, gets a default, or may stay absent.
 */
export interface Schema<W = unknown, C = W, P extends Presence = Presence> {
  readonly node: Node
  readonly [written]?: W
  readonly [complete]?: C
  readonly [presence]?: P
}

export type Presence = 'required' | 'defaulted' | 'optional'

/** The type of a value as users write it. */
export type Written<S> = S extends Schema<infer W, infer _C, infer _P> ? W : never
/** The type of a value after `withDefaults`. */
export type Complete<S> = S extends Schema<infer _W, infer C, infer _P> ? C : never

type KeysOf<F, P extends Presence> = {
  [K in keyof F]: F[K] extends Schema<infer _W, infer _C, infer Q> ? (Q extends P ? K : never) : never
}[keyof F]

type Flatten<T> = { [K in keyof T]: T[K] }

export type Fields = Readonly<Record<string, Schema<unknown, unknown, Presence>>>
export type WrittenObject<F> = Flatten<
  { readonly [K in KeysOf<F, 'required'>]: Written<F[K]> } & {
    readonly [K in KeysOf<F, 'defaulted' | 'optional'>]?: Written<F[K]>
  }
>
export type CompleteObject<F> = Flatten<
  { readonly [K in KeysOf<F, 'required' | 'defaulted'>]: Complete<F[K]> } & {
    readonly [K in KeysOf<F, 'optional'>]?: Complete<F[K]>
  }
>
