import type { Node } from '../schema/schema.ts'
import { checkShape } from '../schema/validate.ts'

/** Of each form that fields have, in both families where there are two, and prefixes of more than one length. */
const texts = [
  '10.0.0.0/24',
  '192.0.2.128/25',
  'fd00::/120',
  '2001:db8::/121',
  '192.0.2.1',
  '2001:db8::1',
  'all()',
  'some-name',
  '90s',
  '65000:1',
  '65000:1:1',
  '2026-01-31T12:00:00Z',
  'Auto',
  'TCP',
  'UDP',
  'ICMPv6',
  '/path',
]

/** Of blocks of both families. */
const lengths = [20, 26, 32, 116, 122, 128]

/**
 * Values that a field may have in place of a wrong one: not all, but such that what follows from each of them follows from any.
 * May be none.
 */
export function standIns(node: Node, wrong?: unknown): readonly unknown[] {
  // Whoever writes something wrong does not mean to write nothing.
  const values = rightValues(node)
  const family = familyOf(wrong)
  const alike = values.filter((value) => familyOf(value) === family)
  return family === undefined || alike.length === 0 ? values : alike
}

/** The same faults are made again and again. */
const known = new WeakMap<Node, readonly unknown[]>()

function rightValues(node: Node): readonly unknown[] {
  let values = known.get(node)
  if (values === undefined) {
    values = candidates(node).filter((value) => value !== '' && isRight(node, value))
    known.set(node, values)
  }
  return values
}

/** Of what looks like an address. */
function familyOf(value: unknown): 4 | 6 | undefined {
  if (typeof value !== 'string') return undefined
  if (/^[0-9.]+[.][0-9.]+(\/|$)/.test(value)) return 4
  return /^[0-9a-f]*:[0-9a-f]*:/i.test(value) ? 6 : undefined
}

function candidates(node: Node): readonly unknown[] {
  switch (node.type) {
    case 'string':
      return node.enum ?? texts
    case 'integer':
      return node.enum ?? [...new Set([1, ...lengths, node.minimum ?? 0, node.maximum ?? 1_000_000])]
    case 'number':
      return [0, 1]
    case 'boolean':
      return [true, false]
    case 'intOrString':
      return [1, 65_535, ...texts]
    case 'list':
    case 'map':
      // What others refer to may be in it.
      return []
    case 'object': {
      const needed = node.required.map((name) => [name, node.properties[name]] as const)
      return [
        Object.fromEntries(
          needed.map(([name, property]) => [name, property === undefined ? undefined : standIns(property)[0]]),
        ),
      ]
    }
  }
}

function isRight(node: Node, value: unknown): boolean {
  const issues: Parameters<typeof checkShape>[3] = []
  checkShape(node, value, '', issues, { unknownFields: 'refuse' })
  return issues.length === 0
}
