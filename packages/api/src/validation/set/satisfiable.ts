import type { LabelNode, SelectorNode } from '../../selectors/node.ts'

/** So many ways to meet a selector are looked at; of one with more, nothing is said. */
const mostWays = 64

/** Whether a selector contradicts itself, so that no labels can ever meet it. */
export function cannotMatch(node: SelectorNode): boolean {
  const ways = waysToMeet(node, false)
  return ways?.every(isContradiction) ?? false
}

/** A condition on a label; `not` turns it round. */
interface Literal {
  readonly node: LabelNode
  readonly not: boolean
}

/** The selector as alternatives of which each is a list of conditions that must all hold; undefined when there are too many. */
function waysToMeet(node: SelectorNode, not: boolean): readonly (readonly Literal[])[] | undefined {
  switch (node.type) {
    case 'all':
    // What global() means is not for labels to say.
    case 'global':
      return node.type === 'all' && not ? [] : [[]]
    case 'not':
      return waysToMeet(node.operand, !not)
    case 'and':
    case 'or': {
      const parts = node.operands.map((operand) => waysToMeet(operand, not))
      const all = (node.type === 'and') !== not
      let result: readonly (readonly Literal[])[] = all ? [[]] : []
      for (const part of parts) {
        if (part === undefined) return undefined
        result = all ? result.flatMap((one) => part.map((other) => [...one, ...other])) : [...result, ...part]
        if (result.length > mostWays) return undefined
      }
      return result
    }
    default:
      return [[{ node, not }]]
  }
}

interface Demand {
  present: boolean
  absent: boolean
  allowed: readonly string[] | undefined
  readonly tests: ((value: string) => boolean)[]
}

function isContradiction(literals: readonly Literal[]): boolean {
  const demands = new Map<string, Demand>()
  for (const { node, not } of literals) {
    const demand = demands.get(node.label) ?? { present: false, absent: false, allowed: undefined, tests: [] }
    demands.set(node.label, demand)
    add(demand, node, not)
  }
  return [...demands.values()].some(({ present, absent, allowed, tests }) => {
    if (!present) return false
    return absent || allowed?.filter((value) => tests.every((test) => test(value))).length === 0
  })
}

function add(demand: Demand, node: LabelNode, not: boolean): void {
  switch (node.type) {
    case 'has':
      if (not) demand.absent = true
      else demand.present = true
      return
    case 'equal':
    case 'notEqual':
      addValues(demand, [node.value], (node.type === 'equal') !== not)
      return
    case 'in':
    case 'notIn':
      addValues(demand, node.values, (node.type === 'in') !== not)
      return
    default: {
      const { type, value: part } = node
      const holds = (value: string) =>
        type === 'contains'
          ? value.includes(part)
          : type === 'startsWith'
            ? value.startsWith(part)
            : value.endsWith(part)
      if (!not) demand.present = true
      demand.tests.push((value) => holds(value) !== not)
    }
  }
}

/** A label that must have one of the values, or, when it is there, must have none of them. */
function addValues(demand: Demand, values: readonly string[], among: boolean): void {
  if (!among) {
    demand.tests.push((value) => !values.includes(value))
    return
  }
  demand.present = true
  demand.allowed = demand.allowed?.filter((value) => values.includes(value)) ?? values
}
