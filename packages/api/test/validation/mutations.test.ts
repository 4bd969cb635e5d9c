import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isApiError, namespaces, type Resource, resourceOf, validate } from '../../src/index.ts'
import { readDocuments } from '../documents/read-documents.ts'
import { withApiServer } from '../with-api-server.ts'
import type { Reason } from './row.ts'

const documents = readDocuments()
const runs = Number(process.env.MANX_FUZZ_RUNS ?? 400)

/** Where only the client can find something, and why. */
const onlyClient: readonly (readonly [RegExp, Reason])[] = [
  [/[sS]elector$/, 'selectors'],
  [/^[^ ]*(ports|notPorts|kubeNodePortRanges)\[|natPortRange|bpfPSNATPorts|\.protocol$/, 'portText'],
  [/match(Labels|Expressions)|\.(from|to)\[|\.ports\[/, 'nested'],
  [/prefixAdvertisements\[\d+\]\.communities/, 'names'],
  [/^spec\.(allocations|unallocated)/, 'blocks'],
  [/affinityClaimTime|releasedAt/, 'formats'],
  [/interfacePattern$/, 'patterns'],
]

type Step = string | number

function placesIn(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  const inside = keys.flatMap((key) => placesIn((value as Record<Step, unknown>)[key], [...path, key]))
  return path.length === 0 ? inside : [path, ...inside]
}

type Change =
  | { readonly kind: 'remove' }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'set'; readonly value: unknown }

function changed(spec: unknown, place: number, change: Change): unknown {
  const copy = structuredClone(spec)
  const places = placesIn(copy)
  const path = places[place % Math.max(places.length, 1)]
  const last = path?.at(-1)
  if (path === undefined || last === undefined) return copy
  let around = copy as Record<Step, unknown>
  for (const step of path.slice(0, -1)) around = around[step] as Record<Step, unknown>
  if (change.kind === 'set') around[last] = structuredClone(change.value)
  else if (Array.isArray(around))
    around.splice(Number(last), 1, ...(change.kind === 'remove' ? [] : [around[Number(last)], around[Number(last)]]))
  else delete around[last]
  return copy
}

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant({ kind: 'remove' } as const),
  fc.constant({ kind: 'repeat' } as const),
  fc.record({
    kind: fc.constant('set' as const),
    value: fc.oneof(
      fc.constantFrom(
        null,
        true,
        false,
        [],
        {},
        [''],
        ['x'],
        { a: 1 },
        '',
        ' ',
        'x',
        'x'.repeat(300),
        'é',
        '\n',
        'default',
      ),
      fc.constantFrom(0, -1, 1, 4, 6, 58, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1.5),
      fc.constantFrom('10.0.0.0/8', '10.0.0.1', '10.0.0.01', 'fd00::/8', '::/0', '0.0.0.0/0', '::ffff:10.0.0.1'),
      fc.constantFrom('Never', 'Always', 'Enabled', 'TCP', 'ICMP', 'ICMPv6', 'Allow', 'Deny', '64512:100', 'Auto'),
      fc.constantFrom('5m', '1.5h', '-5m', '5', '80', '0', '80:90', '90:80', 'all()', 'has(x)', 'global()'),
      fc.string({ maxLength: 20 }),
      fc.integer(),
    ),
  }),
)

withApiServer('changed documents', (api) => {
  beforeAll(async () => {
    await api.client.create(namespaces, { metadata: { name: 'shop' } })
  }, 60_000)

  test('are accepted by both or by neither, but where a reason says otherwise', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...documents), changes, async ({ kind, object }, list) => {
        const spec = list.reduce((before: unknown, [place, one]) => changed(before, place, one), object.spec)
        const { status: _, ...rest } = object
        const written = { ...rest, spec }
        const issues = validate(kind, written)
        let refusal: string | undefined
        try {
          const options = { dryRun: true, fieldValidation: 'Strict' } as const
          await api.client.create(resourceOf(kind) as Resource<never>, written as never, options)
        } catch (error) {
          if (!isApiError(error)) throw error
          refusal = error.message
        }
        if (refusal !== undefined) expect({ refusal, issues }).not.toEqual({ refusal, issues: [] })
        else {
          const unexplained = issues.filter(({ path }) => !onlyClient.some(([pattern]) => pattern.test(path)))
          expect(unexplained).toEqual([])
        }
      }),
      { numRuns: runs },
    )
  }, 600_000)
})
