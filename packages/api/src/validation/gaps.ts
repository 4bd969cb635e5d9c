import type { AnyKind, Issue } from '../kind.ts'
import { isObject } from '../schema/validate.ts'
import { nodeAt, valueAt } from './paths.ts'
import { standIns } from './stand-ins.ts'
import { pathSteps } from './yaml/positions.ts'

/** A field that is wrong, and what may be there instead. */
export interface Gap {
  readonly path: string
  readonly steps: readonly string[]
  /** Nothing: the field goes. */
  readonly values: readonly unknown[]
  /** The values are not as good as any other: something else may refer to what is meant. */
  readonly isVague: boolean
  /** Of the fields on the way. */
  readonly names: readonly string[]
}

/** No person makes so many faults in one object. */
const mostGaps = 1000

/** The fields of the spec that are wrong or missing; none when there are too many to be looked behind. */
export function gapsOf(
  kind: AnyKind,
  object: Readonly<Record<string, unknown>>,
  issues: readonly Issue[],
): readonly Gap[] {
  if (!isObject(object.spec)) return []
  const wrong = issues.filter(({ path, fault }) => path.startsWith('spec.') && fault !== 'UnknownField')
  const paths = new Set(wrong.map(({ path }) => path))
  if (paths.size > mostGaps) return []
  return [...paths].map((path) => {
    const steps = pathSteps(path)
    const node = nodeAt(kind.spec.node, steps.slice(1))
    const parent = nodeAt(kind.spec.node, steps.slice(1, -1))
    // Of an object that may be absent nobody knows what would be in it.
    const goes = node?.type === 'object' && parent?.type === 'object' && !parent.required.includes(steps.at(-1) ?? '')
    const values = node === undefined || goes ? [] : standIns(node, valueAt(object, steps))
    const isName = node?.type === 'string' && node.form === undefined && node.enum === undefined
    const isItem = parent?.type === 'list' && node?.type === 'object'
    return { path, steps, values, isVague: values.length === 0 || isName || isItem, names: namesOf(steps) }
  })
}

/** The fields on the way, but for the spec. */
export const namesOf = (steps: readonly string[]): string[] => steps.slice(1).filter((step) => !/^\d+$/.test(step))
