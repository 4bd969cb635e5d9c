import { LabelIndex, type Labels, type Selector } from '@manx/api'
import { type Benchmark, type Figure, figureOf, monotonic, type Size } from '../../measure.ts'
import { effectiveLabels, type LabelledWorld, makeLabelledWorld } from './labelled-world.ts'

interface SelectorsSize {
  readonly endpoints: number
  readonly selectors: number
  /** How often everything is matched from nothing. */
  readonly starts: number
  readonly changes: number
  /** Of how many selectors the naive scan at the start looks at one; its time is multiplied by this. */
  readonly sampled: number
}

const selectorsSizes: Readonly<Record<Size, SelectorsSize>> = {
  full: { endpoints: 100_000, selectors: 10_000, starts: 3, changes: 200, sampled: 100 },
  quick: { endpoints: 20_000, selectors: 2000, starts: 3, changes: 50, sampled: 20 },
  tiny: { endpoints: 300, selectors: 100, starts: 1, changes: 2, sampled: 1 },
}

/** What it takes to know which selectors match which endpoints, and to keep knowing it, beside asking each about each. */
export const selectors: Benchmark = {
  name: 'selectors',
  summary:
    '100,000 labelled endpoints × 10,000 selectors: first match, one label change, one selector added, beside asking all',
  needsComponents: false,
  run({ size, rounds, progress, wants }) {
    const { endpoints, selectors: count, starts, changes, sampled } = selectorsSizes[size]
    const scope = `${endpoints.toLocaleString('en')} endpoints × ${count.toLocaleString('en')} selectors`
    progress(`making ${scope}`)
    const world = makeLabelledWorld(endpoints, count)
    const labels = world.endpoints.map((one) => effectiveLabels(one, world))
    const figures: Figure[] = []
    const note = sampled === 1 ? '' : `; baseline of 1 in ${sampled} selectors, times ${sampled}`
    progress(`matching from nothing${note}`)
    const metrics = {
      first: `first match, ${scope}${note}`,
      label: `one label change, ${scope}`,
      selector: `one selector added, ${scope}`,
    } as const
    const first: number[] = []
    const scans: number[] = []
    let index = startIndex(world).index
    check(index, world, labels, sampled)
    for (let round = 0; round < (wants(metrics.first) ? (rounds ?? starts) : 0); round++) {
      const started = startIndex(world)
      index = started.index
      first.push(started.time)
      scans.push(scanAll(world, labels, sampled))
    }
    const cases = [
      [metrics.first, () => ({ ours: first, baseline: scans })],
      [metrics.label, () => changeLabels(index, world, rounds ?? changes)],
      [metrics.selector, () => addSelectors(index, world, labels, rounds ?? changes)],
    ] as const
    for (const [metric, measure] of cases) {
      if (!wants(metric)) continue
      progress(metric)
      const { ours, baseline } = measure()
      figures.push(...figureOf('selectors', metric, ours, { baseline }))
    }
    return Promise.resolve(figures)
  },
}

/** What the index reports is counted: nobody could use matches that nobody hears of. */
function startIndex(world: LabelledWorld): { readonly index: LabelIndex; readonly time: number } {
  const start = monotonic()
  let matches = 0
  const index = new LabelIndex({ onMatch: () => matches++, onUnmatch: () => matches-- })
  for (const [name, labels] of world.namespaces) index.setParent(name, labels)
  for (const { key, labels, parent } of world.endpoints) index.setItem(key, labels, [parent])
  for (const [position, selector] of world.selectors.entries()) index.addSelector(String(position), selector)
  const time = monotonic() - start
  if (matches === 0) throw new Error('no selector matches anything')
  return { index, time }
}

/** Asks one of every `sampled` selectors about each endpoint; the time that all of them would take. */
function scanAll({ selectors: all }: LabelledWorld, labels: readonly Labels[], sampled: number): number {
  const start = monotonic()
  let matches = 0
  for (const position of sampleOf(all.length, sampled)) {
    const selector = all[position]
    if (selector !== undefined) matches += countMatches(selector, labels)
  }
  const time = (monotonic() - start) * sampled
  if (matches === 0) throw new Error('no selector of the sample matches anything')
  return time
}

/** Figures of wrong answers would be worth nothing. */
function check(index: LabelIndex, world: LabelledWorld, labels: readonly Labels[], sampled: number): void {
  for (const position of sampleOf(world.selectors.length, sampled)) {
    const selector = world.selectors[position]
    if (selector === undefined || index.countOf(String(position)) === countMatches(selector, labels)) continue
    throw new Error(`the index has other matches of ${selector.canonical} than a scan`)
  }
}

/** One position of each run of so many, not always at the same place of it: neighbours are of different forms. */
function* sampleOf(count: number, sampled: number): Generator<number> {
  for (let run = 0; run * sampled < count; run++) yield Math.min(count - 1, run * sampled + (run % sampled))
}

function countMatches(selector: Selector, labels: readonly Labels[]): number {
  let matches = 0
  for (const one of labels) if (selector.matches(one)) matches++
  return matches
}

interface Samples {
  readonly ours: readonly number[]
  readonly baseline: readonly number[]
}

function changeLabels(index: LabelIndex, world: LabelledWorld, rounds: number): Samples {
  return inTurn(rounds, (round) => {
    const known = world.endpoints[(round * stride) % world.endpoints.length]
    if (known === undefined) throw new RangeError('a world without endpoints')
    const changed = world.relabelled(known, round)
    const labels = effectiveLabels(changed, world)
    return {
      ours: () => index.setItem(changed.key, changed.labels, [changed.parent]),
      baseline: () => {
        let matches = 0
        for (const selector of world.selectors) if (selector.matches(labels)) matches++
        return matches
      },
    }
  })
}

function addSelectors(index: LabelIndex, world: LabelledWorld, labels: readonly Labels[], rounds: number): Samples {
  return inTurn(rounds, (round) => {
    const selector = world.newSelector(round * stride)
    return {
      ours: () => index.addSelector('added', selector),
      baseline: () => countMatches(selector, labels),
      after: () => index.removeSelector('added'),
    }
  })
}

/** A prime, so that rounds meet endpoints and selectors of all kinds. */
const stride = 7919

/** Both ways in turn; the first round warms up and is not counted. */
function inTurn(
  rounds: number,
  prepare: (round: number) => {
    readonly ours: () => void
    readonly baseline: () => number
    readonly after?: () => void
  },
): Samples {
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const work = prepare(round)
    const own = time(work.ours)
    const other = time(work.baseline)
    work.after?.()
    if (round === 0) continue
    ours.push(own)
    baseline.push(other)
  }
  return { ours, baseline }
}

function time(work: () => unknown): number {
  const start = monotonic()
  work()
  return monotonic() - start
}
