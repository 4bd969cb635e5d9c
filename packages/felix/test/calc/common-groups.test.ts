import { describe, expect, test } from '@jest/globals'
import { comparePolicies, type Policy } from '@manx/api'
import fc from 'fast-check'
import { groupCommons, type Part, partChains, partsIn } from '../../src/calc/policy/common-groups.ts'
import { policySegment, type Segment } from '../../src/calc/policy/list-segments.ts'

const place = { namespace: 'shop', direction: 'Ingress', tier: 'default' } as const

const policyOf = (index: number, order: number): Policy => ({
  kind: 'CalicoNetworkPolicy',
  namespace: 'shop',
  name: `p${index}`,
  tier: 'default',
  order,
  selector: 'all()',
  types: ['Ingress'],
  ingress: [],
  egress: [],
})

const inOrder = (orders: readonly number[]) =>
  orders.map((order, index) => policyOf(index, order)).sort(comparePolicies)

/** What the kernel asks one after the other, all jumps followed. */
function followed(segments: readonly Segment[], parts: readonly Part[]): readonly string[] {
  const chains = new Map(partChains(parts, 1).map(({ name, rules }) => [name, rules]))
  const targets = (name: string): readonly string[] => {
    const rules = chains.get(name)
    if (rules === undefined) return [name]
    return rules.flatMap(({ action }) => ('chain' in action ? targets(action.chain) : []))
  }
  return segments.flatMap(({ chain }) => targets(chain))
}

const depth = (parts: readonly Part[]): number =>
  Math.max(0, ...parts.map((part) => (part.parts === undefined ? 0 : 1 + depth(part.parts))))

const orders = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(Number.POSITIVE_INFINITY)), {
  maxLength: 300,
  size: 'max',
})

describe('policies in common, in groups', () => {
  test('are asked all and in order, of any part of the order those that are in it', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: -1, max: 301 }), (list, border) => {
        const policies = inOrder(list)
        const parts = groupCommons(policies, place)
        const names = partChains(parts, 1).map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
        for (const isIn of [(n: number) => n < border, (n: number) => n >= border, (n: number) => n > border]) {
          const wanted = policies.filter(({ order }) => isIn(order))
          const chains = wanted.map((policy) => policySegment(policy, 'Ingress').chain)
          expect(followed(partsIn(parts, isIn), parts)).toEqual(chains)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('are plain while they are few, and of thousands few are asked at once', () => {
    expect(partChains(groupCommons(inOrder(Array.from({ length: 16 }, (_, i) => i)), place), 1)).toEqual([])
    const parts = groupCommons(inOrder(Array.from({ length: 5000 }, (_, i) => i)), place)
    expect(parts.length).toBeLessThanOrEqual(16)
    expect(depth(parts)).toBeLessThanOrEqual(5)
    const asked = [100, 2000, 4900].map((border) => partsIn(parts, (order) => order < border).length)
    expect(Math.max(...asked)).toBeLessThan(150)
  })

  test('with one more, one policy and the groups around it differ', () => {
    const list = Array.from({ length: 500 }, (_, index) => index)
    const before = new Map(partChains(groupCommons(inOrder(list), place), 1).map((chain) => [chain.name, chain]))
    for (let index = 500; index < 520; index++) {
      const more = [...inOrder(list), policyOf(index, index * 7 - 3300)].sort(comparePolicies)
      const changed = partChains(groupCommons(more, place), 1).filter(
        (chain) => JSON.stringify(chain) !== JSON.stringify(before.get(chain.name)),
      )
      // One of each level, two where the new one ends a group.
      expect(changed.length).toBeLessThanOrEqual(6)
    }
  })
})
