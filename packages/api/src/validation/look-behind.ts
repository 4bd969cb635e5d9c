import type { AnyKind, Issue } from '../kind.ts'
import type { Node } from '../schema/schema.ts'
import { isObject } from '../schema/validate.ts'
import { validate } from '../validate.ts'
import { standIns } from './stand-ins.ts'
import { pathSteps } from './yaml/positions.ts'

/** A field that is wrong, and what may be there instead. */
interface Gap {
  readonly path: string
  readonly steps: readonly string[]
  /** Nothing: the field goes. */
  readonly values: readonly unknown[]
  /** The values are not as good as any other: something else may refer to what is meant. */
  readonly isVague: boolean
}

/** The value of a gap, by its place among all. */
type Choice = (gap: Gap, index: number) => unknown

/**
 * Checks that span fields rely on the shape of all of them, so that one fault hides others. These are found by looking again
 * with right values in place of the wrong ones. Only what is found whichever values these are is wrong for sure.
 */
export function lookBehind(
  kind: AnyKind,
  object: Readonly<Record<string, unknown>>,
  issues: readonly Issue[],
): Issue[] {
  const wrong = issues.filter(({ path, fault }) => path.startsWith('spec.') && fault !== 'UnknownField')
  if (wrong.length === 0 || !isObject(object.spec)) return []
  const paths = new Set(wrong.map(({ path }) => path))
  const gaps = [...paths].map((path): Gap => {
    const steps = pathSteps(path)
    const node = nodeAt(kind.spec.node, steps.slice(1))
    const parent = nodeAt(kind.spec.node, steps.slice(1, -1))
    // Of an object that may be absent nobody knows what would be in it.
    const goes = node?.type === 'object' && parent?.type === 'object' && !parent.required.includes(steps.at(-1) ?? '')
    const values = node === undefined || goes ? [] : standIns(node, valueAt(object, steps))
    const isName = node?.type === 'string' && node.form === undefined && node.enum === undefined
    return {
      path,
      steps,
      values,
      isVague: values.length === 0 || isName || (parent?.type === 'list' && node?.type === 'object'),
    }
  })
  const certain = foundInAll(kind, object, gaps)
  const vague = new Set(gaps.filter(({ isVague }) => isVague).flatMap(({ steps }) => namesOf(steps)))
  return certain
    .filter((issue) => !pathsAround(issue.path).some((path) => paths.has(path)) && !mentions(issue, vague))
    .map((issue) => ({ ...issue, value: valueAt(object, pathSteps(issue.path)) }))
}

/** Values that do not go with what is beside them hide as much as wrong ones: these do not count, if there are others. */
function foundInAll(kind: AnyKind, object: Readonly<Record<string, unknown>>, gaps: readonly Gap[]): readonly Issue[] {
  const around = new Set(gaps.flatMap(({ path }) => pathsAround(path)))
  // Among them an item that is there twice now.
  const isBeside = ({ path }: Issue) => around.has(path) || around.has(path.replace(/\[\d+\]$/, ''))
  let fitting: readonly Issue[] | undefined
  let others: readonly Issue[] | undefined
  let base: Choice | undefined
  const look = (choice: Choice) => {
    const found = validate(kind, filled(object, gaps, choice))
    if (found.some(isBeside)) others = inBoth(others, found)
    else {
      base ??= choice
      fitting = inBoth(fitting, found)
    }
  }
  for (const choice of choices(gaps)) {
    look(choice)
    if (fitting?.length === 0) return []
  }
  // What is wrong with this value of one and that of another is not wrong for sure.
  if (base !== undefined) for (const choice of variations(gaps, base)) look(choice)
  return fitting ?? others ?? []
}

function inBoth(known: readonly Issue[] | undefined, found: readonly Issue[]): readonly Issue[] {
  if (known === undefined) return found
  const texts = new Set(found.map(textOf))
  return known.filter((issue) => texts.has(textOf(issue)))
}

const textOf = ({ path, message }: Issue): string => `${path} ${message}`

/** Which value each gap gets: all alike, all different, and mixed, for checks compare one field with another. */
function* choices(gaps: readonly Gap[]): Generator<Choice> {
  const most = Math.max(1, ...gaps.map(({ values }) => values.length))
  for (let turn = 0; turn < most; turn++) {
    yield ({ values }) => values[turn % values.length]
    if (gaps.length > 1) yield ({ values }, index) => values[(turn + index) % values.length]
  }
  if (gaps.length === 1 || gaps.length > fewGaps) return
  for (let turn = 1; turn <= mixed; turn++) yield ({ values }, index) => values[(turn * scatter(index)) % values.length]
}

/** The same but for one gap, each value of each. Nothing when there are many: to look at all is to look at the square. */
function* variations(gaps: readonly Gap[], base: Choice): Generator<Choice> {
  if (gaps.length === 1 || gaps.reduce((sum, { values }) => sum + values.length, 0) > mostVariations) return
  for (const [place, { values }] of gaps.entries()) {
    for (const value of values) yield (gap, index) => (index === place ? value : base(gap, index))
  }
}

const mostVariations = 100

/** With more, mixtures take long, and find little. */
const fewGaps = 20

/** How many mixtures are tried: more find less that is not so, and take longer. */
const mixed = 24

/** Without a pattern that those of other gaps could share. */
const scatter = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 16

function filled(object: Readonly<Record<string, unknown>>, gaps: readonly Gap[], choose: Choice): unknown {
  const copy = structuredClone(object)
  for (const [index, gap] of gaps.entries()) {
    const around = valueAt(copy, gap.steps.slice(0, -1))
    const last = gap.steps.at(-1) ?? ''
    if (Array.isArray(around)) {
      // Items of a list stay, or those after them would have other places.
      if (gap.values.length > 0) around[Number(last)] = structuredClone(choose(gap, index))
    } else if (isObject(around)) {
      if (gap.values.length > 0) around[last] = structuredClone(choose(gap, index))
      else delete around[last]
    }
  }
  return copy
}

function nodeAt(node: Node, steps: readonly string[]): Node | undefined {
  let at: Node | undefined = node
  for (const step of steps) {
    if (at === undefined) return undefined
    if (at.type === 'list') at = at.items
    else if (at.type === 'map') at = at.values
    else at = at.type === 'object' && Object.hasOwn(at.properties, step) ? at.properties[step] : undefined
  }
  return at
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value
  for (const step of steps) {
    if (Array.isArray(at)) at = at[Number(step)]
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }
  return at
}

/** The path, and those of all that it is in. */
function pathsAround(path: string): string[] {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index }) => index)
  return [...ends, path.length].map((end) => path.slice(0, end))
}

/** It may be said only because nobody knows what was meant. */
function mentions({ path, message, fault }: Issue, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false
  const words = [namesOf(pathSteps(path)).at(-1) ?? '', ...message.split(/[^A-Za-z0-9]+/)]
  return fault === 'MissingField' || words.some((word) => names.has(word))
}

/** The fields on the way, but for the spec. */
const namesOf = (steps: readonly string[]): string[] => steps.slice(1).filter((step) => !/^\d+$/.test(step))
