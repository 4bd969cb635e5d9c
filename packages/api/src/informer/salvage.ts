import type { AnyKind } from '../kind.ts'
import type { KubernetesObject } from '../metadata.ts'
import { isObject } from '../schema/validate.ts'
import { validate } from '../validate.ts'

type Spec = Readonly<Record<string, unknown>>

export interface SalvageOptions {
  /** The spec that was in force until now: its values stay where the new ones are malformed. */
  readonly last: object | undefined
  /** Fields of the spec that are left out, which is their default, when no valid value was ever seen. */
  readonly defaults: 'all' | readonly string[]
  /** True: fields mean nothing without each other, so the last spec stays as a whole. */
  readonly asWhole?: boolean
}

/**
 * What of a malformed object stays in force: the fields that are right, and for each of the others its last valid value, else
 * its default. Undefined when that leaves nothing that is valid. The result is valid by the kind's own rules.
 */
export function salvage<T extends KubernetesObject>(kind: AnyKind, object: T, options: SalvageOptions): T | undefined {
  const { spec } = object as { readonly spec?: unknown }
  const last = options.last as Spec | undefined
  if (!isObject(spec)) return withSpec(kind, object, last)
  const candidate = options.asWhole === true ? spec : fieldByField(kind, object, spec, options)
  return withSpec(kind, object, candidate) ?? withSpec(kind, object, last)
}

/** The spec with what is malformed replaced, as far as that can be. */
function fieldByField(kind: AnyKind, object: object, spec: Spec, options: SalvageOptions): Spec {
  let candidate = spec
  const replaced = new Set<string>()
  for (;;) {
    const fields = malformedFields(kind, { ...object, spec: candidate })
    // Right by now; or wrong in what has been replaced, or cannot be.
    if (fields.length === 0) return candidate
    const next = fields.filter((field) => !replaced.has(field) && mayReplace(field, options))
    if (next.length === 0) return candidate
    for (const field of next) replaced.add(field)
    candidate = replace(candidate, next, options.last as Spec | undefined)
  }
}

function mayReplace(field: string, { last, defaults }: SalvageOptions): boolean {
  return last !== undefined || defaults === 'all' || defaults.includes(field)
}

function replace(spec: Spec, fields: readonly string[], last: Spec | undefined): Spec {
  const kept = Object.entries(spec).filter(([field]) => !fields.includes(field))
  const before = Object.entries(last ?? {}).filter(([field]) => fields.includes(field))
  return Object.fromEntries([...kept, ...before])
}

/** The fields of the spec that something is wrong with; rules that span fields name one of them, or none. */
function malformedFields(kind: AnyKind, object: object): readonly string[] {
  const found = validate(kind, object, { unknownFields: 'ignore' }).flatMap(({ path }) => {
    const [, field] = /^spec\.([^.[]+)/.exec(path) ?? []
    return field === undefined ? [] : [field]
  })
  return [...new Set(found)]
}

/** The object with this spec, when that is valid; without a status that is not: it is not what is followed. */
function withSpec<T extends KubernetesObject>(kind: AnyKind, object: T, spec: Spec | undefined): T | undefined {
  if (spec === undefined) return undefined
  const { status, ...rest } = object as T & { readonly status?: unknown }
  const candidates =
    status === undefined
      ? [{ ...rest, spec }]
      : [
          { ...rest, spec, status },
          { ...rest, spec },
        ]
  const whole = candidates.find((one) => validate(kind, one, { unknownFields: 'ignore' }).length === 0)
  // Nothing was added that T does not have: the spec is made of those of two objects of the kind.
  return whole as unknown as T | undefined
}
