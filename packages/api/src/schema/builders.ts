import type {
  Complete,
  CompleteObject,
  Fields,
  IntegerNode,
  IntOrStringNode,
  ListNode,
  MapNode,
  Node,
  NumberNode,
  ObjectNode,
  Presence,
  Rule,
  Schema,
  StringNode,
  Written,
  WrittenObject,
} from './schema.ts'

interface CommonOptions<T> {
  readonly rules?: readonly Rule<T>[]
  readonly check?: (value: T) => string | undefined
}

type StringOptions = CommonOptions<string> &
  Omit<StringNode, 'type' | 'doc' | 'rules' | 'check' | 'enum' | 'ignoreCase'>
type IntegerOptions = CommonOptions<number> & Omit<IntegerNode, 'type' | 'doc' | 'rules' | 'check' | 'enum'>
type NumberOptions = CommonOptions<number> & Omit<NumberNode, 'type' | 'doc' | 'rules' | 'check'>
type IntOrStringOptions = CommonOptions<number | string> & Omit<IntOrStringNode, 'type' | 'doc' | 'rules' | 'check'>
type ListOptions<T> = CommonOptions<readonly T[]> & Omit<ListNode, 'type' | 'doc' | 'rules' | 'check' | 'items'>
type MapOptions<T> = CommonOptions<Readonly<Record<string, T>>> &
  Omit<MapNode, 'type' | 'doc' | 'rules' | 'check' | 'values'>

type Optional<W, C = W> = Schema<W, C, 'optional'>

export function string(doc: string, options: StringOptions = {}): Optional<string> {
  return { node: { type: 'string', doc, ...options } }
}

/** One of a few words, spelled exactly so. */
export function choice<const T extends string>(
  doc: string,
  values: readonly T[],
  options: CommonOptions<string> & { readonly maxLength?: number } = {},
): Optional<T> {
  return { node: { type: 'string', doc, enum: values, ...options } }
}

/** One of a few words in upper or lower case; with defaults applied it has the spelling of the list. */
export function word<const T extends string>(doc: string, values: readonly T[]): Optional<string, T> {
  return { node: { type: 'string', doc, enum: values, ignoreCase: true } }
}

export function integer(doc: string, options: IntegerOptions = {}): Optional<number> {
  return { node: { type: 'integer', doc, ...options } }
}

/** One of a few whole numbers. */
export function numberChoice<const T extends number>(doc: string, values: readonly T[]): Optional<T> {
  return { node: { type: 'integer', doc, enum: values } }
}

/** Any number, also with a fraction. */
export function number(doc: string, options: NumberOptions = {}): Optional<number> {
  return { node: { type: 'number', doc, ...options } }
}

export function boolean(doc: string, options: CommonOptions<boolean> = {}): Optional<boolean> {
  return { node: { type: 'boolean', doc, ...options } }
}

export function intOrString(doc: string, options: IntOrStringOptions = {}): Optional<number | string> {
  return { node: { type: 'intOrString', doc, ...options } }
}

export function list<W, C>(
  doc: string,
  items: Schema<W, C, Presence>,
  options: ListOptions<W> = {},
): Optional<readonly W[], readonly C[]> {
  return { node: { type: 'list', doc, items: items.node, ...options } }
}

export function map<W, C>(
  doc: string,
  values: Schema<W, C, Presence>,
  options: MapOptions<W> = {},
): Optional<Readonly<Record<string, W>>, Readonly<Record<string, C>>> {
  return { node: { type: 'map', doc, values: values.node, ...options } }
}

export function object<const F extends Fields>(
  doc: string,
  fields: F,
  options: CommonOptions<WrittenObject<F>> = {},
): Optional<WrittenObject<F>, CompleteObject<F>> {
  const properties: Record<string, Node> = {}
  const needed: string[] = []
  for (const [name, { node }] of Object.entries(fields)) {
    properties[name] = node
    if (requiredNodes.has(node)) needed.push(name)
  }
  const node: ObjectNode = { type: 'object', doc, properties, required: needed, ...options }
  return { node }
}

/** The field must be written. */
export function required<W, C>(schema: Schema<W, C, Presence>): Schema<W, C, 'required'> {
  const node = { ...schema.node }
  requiredNodes.add(node)
  return { node }
}

export function nullable<W, C>(schema: Schema<W, C, Presence>): Optional<W | null, C | null> {
  return { node: { ...schema.node, nullable: true } }
}

/** An absent field gets this value when it is stored, so every reader sees it. */
export function defaulted<W, C>(schema: Schema<W, C, Presence>, value: NoInfer<C>): Schema<W, C, 'defaulted'> {
  return { node: { ...schema.node, default: value } }
}

/**
 * An absent field means this value, but is stored as absent: users and tools can tell "left to Manx" from "set".
 * A function gets the object around the field and may return undefined for "still absent".
 */
export function assumed<W, C>(
  schema: Schema<W, C, Presence>,
  value: NoInfer<C> | ((around: Readonly<Record<string, unknown>>) => NoInfer<C> | undefined),
): Schema<W, C, 'defaulted'> {
  return { node: { ...schema.node, assumed: value } }
}

/** Both: the API server requires the field and fills it in when it is absent. */
export function requiredWithDefault<W, C>(
  schema: Schema<W, C, Presence>,
  value: NoInfer<C>,
): Schema<W, C, 'defaulted'> {
  const node = { ...schema.node, default: value }
  requiredNodes.add(node)
  return { node }
}

// Whether a field is required is a fact of the field, but is listed by the object around it, as in JSON schema.
const requiredNodes = new WeakSet<Node>()

export type { Complete, Written }
