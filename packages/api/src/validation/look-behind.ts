import type { AnyKind, Issue } from '../kind.ts'
import type { Node } from '../schema/schema.ts'
import { checkShape, isObject, withoutNulls } from '../schema/validate.ts'
import { validate } from '../validate.ts'
import { type Gap, gapsOf, namesOf } from './gaps.ts'
import { nodeAt, valueAt } from './paths.ts'
import { pathSteps } from './yaml/positions.ts'

/** A value for each gap, in their order. */
type Choice = readonly unknown[]

/**
 * Checks that span fields rely on the shape of all of them, so that one fault hides others. These are found by looking again
 * with right values in place of the wrong ones, with each that may be there: only what is found whichever it is is wrong for sure.
 * Items of lists, as the rules of a policy, are looked at one by one, then the object as a whole.
 */
export function lookBehind(
  kind: AnyKind,
  object: Readonly<Record<string, unknown>>,
  issues: readonly Issue[],
): readonly Issue[] {
  const gaps = gapsOf(kind, object, issues)
  if (gaps.length === 0) return []
  const groups = Map.groupBy(gaps, ({ path }) => itemOf(path))
  const whole = groups.get(undefined) ?? []
  const found: Issue[] = []
  const filled = structuredClone(object)
  for (const [path, own] of groups) {
    if (path === undefined) continue
    const { certain, best } = lookAtItem(kind, object, path, own)
    found.push(...certain)
    fill(filled, own, best)
  }
  if (!isLarge(object)) {
    const isIn = (item: string | undefined) => (issue: Issue) => itemWithGaps(issue.path, groups) === item
    const { certain, best } = lookAtWhole(kind, filled, whole)
    found.push(...certain.filter(isIn(undefined)))
    fill(filled, whole, best)
    // Once more for checks that no item makes by itself.
    const checksItems = kind.check !== undefined || kind.rules !== undefined
    for (const [path, own] of checksItems && groups.size <= fewGroups ? groups : []) {
      if (path !== undefined) found.push(...lookAtWhole(kind, filled, own).certain.filter(isIn(path)))
    }
  }
  const said = found.filter((issue) => !mentions(issue, gaps))
  return said.map((issue) => ({ ...issue, value: valueAt(object, pathSteps(issue.path)) }))
}

/** Fields that are none were told when the object was looked at first. */
const known = { unknownFields: 'ignore' } as const

/** The item of a list that the path goes into, by its path. */
function itemOf(path: string): string | undefined {
  return /^[^[]*\[\d+\](?=[.[])/.exec(path)?.[0]
}

/** The item with gaps that the path is in, or is the path of. */
function itemWithGaps(path: string, groups: ReadonlyMap<string | undefined, readonly Gap[]>): string | undefined {
  const item = itemOf(`${path}.`)
  return groups.has(item) ? item : undefined
}

/** With more, each would be looked at with all of the object. */
const fewGroups = 8

interface Look {
  /** Wrong whatever is in the gaps. */
  readonly certain: readonly Issue[]
  /** What goes best with what is beside the gaps. */
  readonly best: Choice
}

function lookAtItem(kind: AnyKind, object: object, path: string, gaps: readonly Gap[]): Look {
  const steps = pathSteps(path)
  const node = nodeAt(kind.spec.node, steps.slice(1))
  if (node === undefined) return { certain: [], best: [] }
  const inside = gaps.map((gap) => ({ ...gap, steps: gap.steps.slice(steps.length) }))
  const item = withoutNulls(node, valueAt(object, steps))
  return lookInto(inside, (choice) => {
    const copy = structuredClone(item)
    fill(copy, inside, choice)
    return shapeIssues(node, copy, path)
  })
}

function shapeIssues(node: Node, value: unknown, path: string): readonly Issue[] {
  const issues: Issue[] = []
  checkShape(node, value, path, issues, known)
  return issues
}

function lookAtWhole(kind: AnyKind, object: object, gaps: readonly Gap[]): Look {
  return lookInto(gaps, (choice) => {
    const copy = structuredClone(object)
    fill(copy, gaps, choice)
    return validate(kind, copy, known)
  })
}

/** Tries all choices. Values that do not go with what is beside them hide as much as wrong ones: they do not count, if others do. */
function lookInto(gaps: readonly Gap[], validated: (choice: Choice) => readonly Issue[]): Look {
  const first = gaps.map(({ values }) => values[0])
  if (gaps.reduce((product, { values }) => product * Math.max(values.length, 1), 1) > mostChoices) {
    return { certain: [], best: first }
  }
  const around = new Set(gaps.flatMap(({ path }) => pathsAround(path)))
  // Among them an item that is there twice now.
  const isBeside = ({ path }: Issue) => around.has(path) || around.has(path.replace(/\[\d+\]$/, ''))
  let fitting: { readonly certain: readonly Issue[]; readonly best: Choice } | undefined
  let others: readonly Issue[] | undefined
  for (const choice of choices(gaps)) {
    const found = validated(choice)
    if (found.some(isBeside)) others = inBoth(others, found)
    else
      fitting = {
        certain: inBoth(fitting?.certain, found),
        best: found.length === 0 ? choice : (fitting?.best ?? choice),
      }
  }
  const { certain, best } = fitting ?? { certain: others ?? [], best: first }
  const paths = new Set(gaps.map(({ path }) => path))
  return { certain: certain.filter((issue) => !pathsAround(issue.path).some((path) => paths.has(path))), best }
}

/** More are not tried: as long as so much is wrong in one place, nothing is said of what else may be. */
const mostChoices = 100

function* choices(gaps: readonly Gap[]): Generator<Choice> {
  const [gap, ...rest] = gaps
  if (gap === undefined) {
    yield []
    return
  }
  for (const value of gap.values.length === 0 ? [undefined] : gap.values) {
    for (const others of choices(rest)) yield [value, ...others]
  }
}

/** An object of more values would be looked at for too long. */
const mostValues = 10_000

function isLarge(object: object): boolean {
  return valuesIn(object, mostValues) > mostValues
}

/** How many values there are, or more than `most`. */
function valuesIn(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  for (const item of Object.values(value)) {
    count += valuesIn(item, most - count)
    if (count > most) break
  }
  return count
}

function inBoth(before: readonly Issue[] | undefined, found: readonly Issue[]): readonly Issue[] {
  if (before === undefined) return found
  const texts = new Set(found.map(textOf))
  return before.filter((issue) => texts.has(textOf(issue)))
}

const textOf = ({ path, message }: Issue): string => `${path} ${message}`

function fill(value: unknown, gaps: readonly Gap[], choice: Choice): void {
  for (const [index, { steps, values }] of gaps.entries()) {
    const around = valueAt(value, steps.slice(0, -1))
    const last = steps.at(-1) ?? ''
    // Items of a list stay, or those after them would have other places.
    if (Array.isArray(around)) {
      if (values.length > 0) around[Number(last)] = structuredClone(choice[index])
    } else if (isObject(around)) {
      if (values.length > 0) around[last] = structuredClone(choice[index])
      else delete around[last]
    }
  }
}

/** The path, and those of all that it is in. */
function pathsAround(path: string): string[] {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index)
  return [...ends, path.length].map((end) => path.slice(0, end))
}

/** It may be said only because nobody knows what was meant. */
function mentions({ path, message, fault }: Issue, gaps: readonly Gap[]): boolean {
  const vague = new Set(gaps.filter(({ isVague }) => isVague).flatMap(({ names }) => names))
  if (vague.size === 0) return false
  const words = [namesOf(pathSteps(path)).at(-1) ?? '', ...message.split(/[^A-Za-z0-9]+/)]
  return fault === 'MissingField' || words.some((word) => vague.has(word))
}
