import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareText } from '../../src/compare-text.ts'
import { validateDocuments } from '../../src/index.ts'
import { pathSteps } from '../../src/validation/yaml/positions.ts'
import { readDocuments } from '../documents/read-documents.ts'

type Step = string | number

const documents = readDocuments()

/** Every place of a spec that a finding can name. */
function placesIn(value: unknown, steps: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [steps]
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  const inside = keys.flatMap((key) => placesIn((value as Record<Step, unknown>)[key], [...steps, key]))
  return steps.length === 0 ? inside : [steps, ...inside]
}

/** Puts in what no field of the schema can have. */
function broken(spec: unknown, steps: readonly Step[]): void {
  let around = spec as Record<Step, unknown>
  for (const step of steps.slice(0, -1)) around = around[step] as Record<Step, unknown>
  const last = steps.at(-1) ?? ''
  around[last] = typeof around[last] === 'object' ? 'no list, and no object' : [[]]
}

const pathsOf = (objects: readonly unknown[]) => {
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  return validateDocuments(text)
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ path }) => path)
}

describe('what a fault hides', () => {
  test('is not made up: beside fields that are wrong nothing is found in documents that are right', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents.keys()),
        fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
        (number, picks) => {
          const { file, object: whole } = documents[number] ?? {}
          const object = structuredClone(whole)
          const places: string[] = []
          for (const pick of picks) {
            const all = placesIn(object?.spec)
            const steps = all[pick % all.length] ?? []
            if (steps.length === 0) continue
            broken(object?.spec, steps)
            places.push(['spec', ...steps].join('.'))
          }
          const isBroken = (path: string) => {
            const found = `${pathSteps(path).join('.')}.`
            return places.some((place) => found.startsWith(`${place}.`))
          }
          const found = pathsOf([object]).filter((path) => !isBroken(path))
          expect({ file, places, found }).toEqual({ file, places, found: [] })
        },
      ),
      { numRuns: 300 },
    )
  })

  const rule = (parts: object) => ({ selector: 'all()', types: ['Ingress'], ingress: [parts] })
  const hidden: readonly (readonly [string, string, object, readonly string[]])[] = [
    [
      'a word that must be there',
      'NetworkPolicy',
      rule({ action: 'Alow', destination: { ports: [80] } }),
      ['ingress[0].action', 'ingress[0].protocol'],
    ],
    [
      'a field that is not there',
      'NetworkPolicy',
      rule({ ipVersion: 4, protocol: 'ICMPv6' }),
      ['ingress[0].action', 'ingress[0].ipVersion'],
    ],
    [
      'an item of a list',
      'NetworkPolicy',
      rule({ action: 'Allow', ipVersion: 6, source: { nets: ['10.0.0.0/8', 'x'] }, icmp: { type: 8 } }),
      ['ingress[0].icmp', 'ingress[0].ipVersion', 'ingress[0].source.nets[1]'],
    ],
    [
      'a CIDR that a pool must have',
      'IPPool',
      { cidr: '10.0.0.0', blockSize: 64, allowedUses: ['LoadBalancer', 'Workload'] },
      ['allowedUses', 'blockSize', 'cidr'],
    ],
    [
      'a field that may be absent',
      'BGPPeer',
      { node: 'a', nodeSelector: 'has(', peerIP: '192.0.2.1', asNumber: 64_512 },
      ['node', 'nodeSelector'],
    ],
    [
      'one that others need, whatever it is',
      'BGPPeer',
      { peerIP: '192.0.2.1', asNumber: -1, reachableBy: '2001:db8::1' },
      ['asNumber', 'reachableBy'],
    ],
  ]
  test.each(hidden)('by %s is found all the same', (_, kind, spec, fields) => {
    const metadata = { name: 'a', ...(kind === 'NetworkPolicy' ? { namespace: 'shop' } : {}) }
    const found = pathsOf([{ apiVersion: 'projectcalico.org/v3', kind, metadata, spec }])
    expect([...new Set(found)].toSorted(compareText)).toEqual(fields.map((field) => `spec.${field}`))
  })

  test('is not made up where much is wrong, either', () => {
    const kinds = [
      { action: 'Allow', ipVersion: 6, protocol: 6 },
      { action: 'Deny', protocol: 'ICMPv6', icmp: { type: 128 } },
      { action: 'Allow', protocol: 'TCP', http: { methods: ['GET'] } },
      { action: 'Allow', protocol: 'UDP', source: { nets: ['10.0.0.0/8'] }, destination: { ports: [53, 'dns'] } },
      { action: 'Pass', ipVersion: 4, destination: { notNets: ['192.0.2.0/24'] } },
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...kinds), { minLength: 12, maxLength: 40 }),
        fc.infiniteStream(fc.boolean()),
        (rules, coins) => {
          // Nearly right words and numbers, as a person's are.
          const spoil = (value: unknown): unknown => {
            if (Array.isArray(value)) return value.map(spoil)
            if (typeof value === 'object' && value !== null) {
              return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spoil(item)]))
            }
            return coins.next().value === true ? `${value}~` : value
          }
          const spec = { selector: 'all()', types: ['Ingress'], ingress: rules }
          const object = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name: 'a' } }
          expect(pathsOf([{ ...object, spec }])).toEqual([])
          const spoilt = { ...spec, ingress: spoil(rules) }
          const wrong = pathsOf([{ ...object, spec: spoilt }])
          const isSpoilt = (path: string) => {
            const steps = pathSteps(path).slice(1)
            const value = steps.reduce(
              (at: unknown, step) => (at as Record<string, unknown> | undefined)?.[step],
              spoilt,
            )
            return String(JSON.stringify(value)).includes('~')
          }
          expect(wrong.filter((path) => !isSpoilt(path))).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a number in quotes is no reason to doubt others', () => {
    const pool = (cidr: string, blockSize: string) =>
      pathsOf([
        { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name: 'a' }, spec: { cidr, blockSize } },
      ])
    expect(pool('10.0.0.0/27', '29')).toEqual(['spec.blockSize'])
    expect(pool('fd00::/124', '126')).toEqual(['spec.blockSize'])
  })

  test('is given up where nobody would read it, and nothing breaks', () => {
    const set = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkSet', metadata: { name: 'a' } }
    const wrong = Array.from({ length: 130_000 }, () => 'x')
    expect(pathsOf([{ ...set, spec: { nets: wrong } }]).length).toBeGreaterThanOrEqual(wrong.length)
    const nets = ['x', ...Array.from({ length: 20_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`)]
    expect(pathsOf([{ ...set, spec: { nets } }])).toEqual(['spec.nets[0]'])
  })

  test('is looked for in time that does not grow with the square of the faults', () => {
    const ingress = Array.from({ length: 500 }, () => ({ action: 'Alow', destination: { ports: [80] } }))
    const object = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: 'a' },
      spec: { selector: 'all()', types: ['Ingress'], ingress },
    }
    expect(pathsOf([object])).toHaveLength(2 * ingress.length)
  })
})
