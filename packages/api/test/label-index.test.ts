import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareText } from '../src/compare-text.ts'
import { LabelIndex, type Labels, parseSelector, type Selector, type SelectorNode, selectorOf } from '../src/index.ts'
import { anyLabels, anyNode, means } from './selector-arbitrary.ts'

/** An index whose events are written down, and applied to a set of pairs that must always be the matches. */
function createObserved() {
  const events: string[] = []
  const matched = new Set<string>()
  const index = new LabelIndex({
    onMatch: (selector, item) => {
      const pair = `${selector} ${item}`
      if (matched.has(pair)) throw new Error(`${pair} was matched already`)
      matched.add(pair)
      events.push(`+ ${pair}`)
    },
    onUnmatch: (selector, item) => {
      const pair = `${selector} ${item}`
      if (!matched.delete(pair)) throw new Error(`${pair} was not matched`)
      events.push(`- ${pair}`)
    },
  })
  return { index, matched, take: () => events.splice(0).sort(compareText) }
}

/** How often the tree of a new selector is read to find its conditions, its restrictions, and its outcome without labels. */
const readsOfNewSelector = 3

/** A selector that counts how often it is asked about an item. */
function watched(text: string): { readonly selector: Selector; readonly take: () => number } {
  const { node, canonical } = parseSelector(text)
  let asked = 0
  const root: SelectorNode = {
    type: 'and',
    get operands() {
      asked++
      return [node]
    },
  }
  const take = () => {
    const count = asked
    asked = 0
    return count
  }
  return { selector: { ...selectorOf(root), canonical }, take }
}

describe('a label index', () => {
  test('reports matches that begin and end', () => {
    const { index, take } = createObserved()
    index.addSelector('web', parseSelector('app == "web"'))
    index.setItem('pod', { app: 'web' })
    expect(take()).toEqual(['+ web pod'])
    index.setItem('pod', { app: 'web', more: 'labels' })
    expect(take()).toEqual([])
    index.addSelector('more', parseSelector('has(more)'))
    expect(take()).toEqual(['+ more pod'])
    expect(index.selectorsOf('pod').toSorted(compareText)).toEqual(['more', 'web'])
    expect([...index.matchesOf('more')]).toEqual(['pod'])
    index.setItem('pod', { app: 'db' })
    expect(take()).toEqual(['- more pod', '- web pod'])
    index.setItem('pod', { app: 'web' })
    index.deleteItem('pod')
    expect(take()).toEqual(['+ web pod', '- web pod'])
    expect([index.countOf('web'), index.matches('web', 'pod'), index.selectorsOf('pod')]).toEqual([0, false, []])
  })

  test('reports the end of all matches of a selector that is removed or replaced', () => {
    const { index, take } = createObserved()
    index.setItem('a', { app: 'web' })
    index.setItem('b', { app: 'db' })
    index.addSelector('s', parseSelector('has(app)'))
    index.addSelector('s', parseSelector(' has( app )'))
    expect(take()).toEqual(['+ s a', '+ s b'])
    index.addSelector('s', parseSelector('app == "db"'))
    expect(take()).toEqual(['+ s b', '- s a', '- s b'])
    index.removeSelector('s')
    index.removeSelector('s')
    expect(take()).toEqual(['- s b'])
  })

  test('lets own labels win over inherited ones, and the first parent over the next', () => {
    const { index, take } = createObserved()
    for (const value of ['own', 'first', 'second']) index.addSelector(value, parseSelector(`from == "${value}"`))
    index.setItem('pod', {}, ['1', '2'])
    index.setParent('2', { from: 'second' })
    expect(take()).toEqual(['+ second pod'])
    index.setParent('1', { from: 'first' })
    expect(take()).toEqual(['+ first pod', '- second pod'])
    index.setItem('pod', { from: 'own' }, ['1', '2'])
    expect(take()).toEqual(['+ own pod', '- first pod'])
    index.setParent('1', {})
    index.deleteParent('2')
    expect(take()).toEqual([])
    index.setItem('pod', {}, ['1', '2'])
    expect(take()).toEqual(['- own pod'])
    index.setParent('2', { from: 'second' })
    index.setItem('pod', {}, ['1'])
    expect(take()).toEqual(['+ second pod', '- second pod'])
  })

  test('asks after a change of labels only the selectors that it may touch', () => {
    const { index } = createObserved()
    const selectors = [
      'ns == "a" && app == "web"',
      'ns == "a" && app == "db"',
      'ns == "a" && app != "db"',
      'app not in {"db", "x"}',
      'app contains "e"',
      // From here on nothing that they say has another outcome.
      'ns == "b" && app == "db"',
      'ns == "a" && app == "cache"',
      'ns == "a" && tier == "1"',
      'tier != "1"',
      'has(app)',
      'all()',
    ].map((text) => ({ text, ...watched(text) }))
    for (const { text, selector } of selectors) index.addSelector(text, selector)
    index.setItem('pod', { ns: 'a', app: 'web' })
    for (const { take } of selectors) take()
    const asked = () => selectors.map(({ take }) => take())
    index.setItem('pod', { ns: 'a', app: 'db' })
    expect(asked()).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    index.setItem('pod', { ns: 'a', app: 'db', 'nobody-asks': 'for this' })
    expect(asked().some((count) => count > 0)).toBe(false)
    index.deleteItem('pod')
    expect(asked().some((count) => count > 0)).toBe(false)
  })

  test('asks a new selector only about items that it could match', () => {
    const { index } = createObserved()
    for (let number = 0; number < 100; number++) {
      index.setItem(`pod-${number}`, { app: `${number % 50}`, all: 'x' }, [`namespace-${number % 10}`])
    }
    index.setParent('namespace-3', { team: 'blue' })
    for (const [text, most, matches] of [
      ['all == "x" && app == "7"', 2, 2],
      ['team == "blue"', 10, 10],
      ['team in {"blue", "red"} && all == "x"', 10, 10],
      ['app == "3" && has(team)', 2, 2],
      ['app == "3" || app == "4"', 4, 4],
      ['missing == "x" && !has(app)', 0, 0],
      ['app in {}', 0, 0],
    ] as const) {
      const { selector, take } = watched(text)
      take()
      index.addSelector(text, selector)
      expect(index.countOf(text)).toBe(matches)
      expect(take()).toBeLessThanOrEqual(most + readsOfNewSelector)
    }
  })

  test("asks after a parent's change only about its items, and only those that may be affected", () => {
    const { index, take: events } = createObserved()
    for (let number = 0; number < 100; number++) {
      index.setItem(`pod-${number}`, { app: `${number % 50}` }, [`namespace-${number % 2}`])
    }
    const team = watched('team == "blue"')
    const one = watched('app == "8" && team == "blue"')
    const other = watched('color == "blue"')
    for (const [id, { selector, take }] of Object.entries({ team, one, other })) {
      index.addSelector(id, selector)
      take()
    }
    const asked = () => [team.take(), one.take(), other.take()]
    index.setParent('namespace-0', { team: 'red' })
    expect([asked(), events()]).toEqual([[0, 0, 0], []])
    index.setParent('namespace-0', { team: 'blue' })
    expect([asked(), events().length]).toEqual([[50, 2, 0], 52])
    index.setParent('namespace-0', { team: 'blue', label: 'that nobody mentions' })
    expect(asked()).toEqual([0, 0, 0])
  })

  test('is right after any changes in any order', () => {
    const key = fc.constantFrom('i1', 'i2', 'i3', 'i4')
    const parent = fc.constantFrom('p1', 'p2', 'p3')
    const id = fc.constantFrom('s1', 's2', 's3', 's4', 's5')
    const operation = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('setItem' as const),
          key,
          labels: anyLabels,
          parents: fc.uniqueArray(parent, { maxLength: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('deleteItem' as const), key }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('setParent' as const), name: parent, labels: anyLabels }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('deleteParent' as const), name: parent }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('addSelector' as const), id, node: anyNode }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('removeSelector' as const), id }) },
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
        const { index, matched } = createObserved()
        const items = new Map<string, { readonly labels: Labels; readonly parents: readonly string[] }>()
        const parents = new Map<string, Labels>()
        const selectors = new Map<string, SelectorNode>()
        for (const step of operations) {
          switch (step.type) {
            case 'setItem':
              items.set(step.key, step)
              index.setItem(step.key, step.labels, step.parents)
              break
            case 'deleteItem':
              items.delete(step.key)
              index.deleteItem(step.key)
              break
            case 'setParent':
              parents.set(step.name, step.labels)
              index.setParent(step.name, step.labels)
              break
            case 'deleteParent':
              parents.delete(step.name)
              index.deleteParent(step.name)
              break
            case 'addSelector':
              selectors.set(step.id, step.node)
              index.addSelector(step.id, selectorOf(step.node))
              break
            case 'removeSelector':
              selectors.delete(step.id)
              index.removeSelector(step.id)
              break
          }
          const expected: string[] = []
          for (const [item, { labels, parents: names }] of items) {
            const lent = names.map((name) => parents.get(name) ?? {}).reverse()
            const effective: Labels = Object.assign({}, ...lent, labels)
            for (const [selector, node] of selectors) if (means(node, effective)) expected.push(`${selector} ${item}`)
          }
          const ofItems = [...items.keys()].flatMap((item) => index.selectorsOf(item).map((one) => `${one} ${item}`))
          const ofSelectors = [...selectors.keys()].flatMap((id) =>
            [...index.matchesOf(id)].map((one) => `${id} ${one}`),
          )
          const counted = [...selectors.keys()].reduce((sum, id) => sum + index.countOf(id), 0)
          const sorted = [expected, [...matched], ofItems, ofSelectors].map((pairs) => `${pairs.sort(compareText)}`)
          expect([...new Set(sorted), counted]).toEqual([sorted[0], expected.length])
        }
      }),
    )
  })
})
