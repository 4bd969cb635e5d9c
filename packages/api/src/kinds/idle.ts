import { isDeepStrictEqual } from 'node:util'
import { parseDuration } from '../duration.ts'
import type { AnyKind } from '../kind.ts'
import type { Node } from '../schema/schema.ts'
import { idleFields, idleKinds } from './not-in-force.ts'

type KindName = Pick<AnyKind, 'group' | 'kind'>

const keyOf = ({ group, kind }: KindName): string => `${group}/${kind}`

/** What it means that objects of the kind are not in force; undefined when they are. `name`: of one object, where it matters. */
export function idleKindEffect(kind: KindName, name?: string): string | undefined {
  const idle = idleKinds[keyOf(kind)]
  return idle === undefined || (name !== undefined && Object.hasOwn(idle.except ?? {}, name)) ? undefined : idle.effect
}

/** What of an object is not in force though the object is; undefined when nothing is known of it. */
export function idleRest(kind: KindName, name: string): string | undefined {
  const { except = {} } = idleKinds[keyOf(kind)] ?? {}
  return Object.hasOwn(except, name) ? except[name] : undefined
}

/** What it means that a field is not in force, by its path without indices: `spec.filters`; undefined when it is. */
export function idleFieldEffect(kind: KindName, path: string): string | undefined {
  const fields = idleFields[keyOf(kind)] ?? {}
  const field = path.replace(/^spec\./, '')
  return Object.hasOwn(fields, field) ? fields[field]?.effect : undefined
}

/** A field of an object that says something which does not happen yet. */
export interface IdleUse {
  readonly path: string
  readonly value: unknown
  readonly effect: string
}

/** The fields of a spec, whatever that is, that are not in force and ask for something else than what happens anyway. */
export function idleUses(kind: AnyKind, spec: unknown, fields = idleFields[keyOf(kind)] ?? {}): readonly IdleUse[] {
  return Object.entries(fields).flatMap(([field, idle]): IdleUse[] => {
    const { node, value } = lookUp(kind.spec.node, spec, field.split('.'))
    if (isAbsent(value) || node === undefined) return []
    const { holds = [node.default ?? node.assumed], only, effect } = idle
    const asks = only === undefined ? !holds.some((one) => isSame(node, one, value)) : isAnyOf(value, only)
    return asks ? [{ path: `spec.${field}`, value, effect }] : []
  })
}

function lookUp(node: Node, value: unknown, steps: readonly string[]): { node: Node | undefined; value: unknown } {
  let at: Node | undefined = node
  let found = value
  for (const step of steps) {
    at = at?.type === 'object' && Object.hasOwn(at.properties, step) ? at.properties[step] : undefined
    const has = typeof found === 'object' && found !== null && Object.hasOwn(found, step)
    found = has ? (found as Readonly<Record<string, unknown>>)[step] : undefined
  }
  return { node: at, value: found }
}

/** Nothing is asked for by what is absent, and by what is empty in place of it. */
const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

function isSame(node: Node, one: unknown, value: unknown): boolean {
  if (node.type === 'string' && node.ignoreCase === true && typeof value === 'string' && typeof one === 'string') {
    return one.toLowerCase() === value.toLowerCase()
  }
  if (node.form === 'duration' && typeof value === 'string' && typeof one === 'string') {
    return parseDuration(one) === parseDuration(value)
  }
  return isDeepStrictEqual(one, value)
}

const isAnyOf = (value: unknown, only: readonly unknown[]): boolean =>
  (Array.isArray(value) ? value : [value]).some((one) => only.includes(one))
