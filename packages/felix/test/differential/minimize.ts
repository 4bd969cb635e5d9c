/** Plain data, as YAML has it. */
type Data = unknown

/**
 * Leaves out parts of a scenario but its packets, one after the other, as long as what remains fails in the same way, until nothing more can
 * be left out. `fails` is asked about hundreds of values, and says false for those that make no sense.
 */
export async function minimize<T>(scenario: T, fails: (candidate: T) => Promise<boolean>): Promise<T> {
  let smallest = scenario
  for (let again = true; again; ) {
    again = false
    for (const candidate of smaller(smallest, [])) {
      if (await fails(candidate as T)) {
        smallest = candidate as T
        again = true
        break
      }
    }
  }
  return smallest
}

/** What a part may be left out of: fields that a policy or an object can do without, and all members of lists and labels. */
const optional = new Set([
  'ipVersion',
  'protocol',
  'notProtocol',
  'icmp',
  'notIcmp',
  'source',
  'destination',
  'notSelector',
  'nets',
  'notNets',
  'notPorts',
  'type',
  'code',
  'matchLabels',
  'matchExpressions',
  'except',
  'endPort',
  'podSelector',
  'namespaceSelector',
  'policyTypes',
])

/** The value without one of its parts, large parts first. */
function* smaller(value: Data, path: readonly string[]): Generator<Data> {
  if (Array.isArray(value)) {
    for (let size = value.length >> 1; size >= 1; size >>= 1) {
      for (let start = 0; start < value.length; start += size) yield value.toSpliced(start, size)
    }
    if (value.length === 1) yield []
    for (const [index, item] of value.entries()) {
      for (const part of smaller(item, [...path, '*'])) yield value.with(index, part)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      if (mayGo(key, field, path)) {
        const { [key]: _, ...rest } = value as Record<string, Data>
        yield rest
      }
    }
    for (const [key, field] of Object.entries(value)) {
      if (key === 'packets') continue
      for (const part of smaller(field, [...path, key])) yield { ...value, [key]: part }
    }
  } else if (path.at(-1) === 'selector' && value !== 'all()') {
    yield 'all()'
  }
}

function mayGo(key: string, field: Data, path: readonly string[]): boolean {
  const parent = path.at(-1)
  if (parent === 'labels' || parent === 'matchLabels') return true
  if (key === 'selector') return parent === 'source' || parent === 'destination'
  if (key === 'from' || key === 'to' || key === 'ports') return Array.isArray(field) && parent !== 'state'
  return optional.has(key)
}
