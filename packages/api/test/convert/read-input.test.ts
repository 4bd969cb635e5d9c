import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatExactJson, parseExactJson } from '../../src/convert/exact-numbers.ts'
import { firstDuplicateJsonKey } from '../../src/convert/first-duplicate-json-key.ts'
import { readConversionInput } from '../../src/index.ts'
import { apartFromEffect, byKind, convertText, fixture, lines, pool } from './support.ts'

describe('an export', () => {
  const { objects, findings } = convertText(fixture('export.txt'))

  test('has resources, cluster information and IPAM data', () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterInformation default',
      'IPAMConfiguration default',
      'IPPool default-ipv4-ippool',
      'NetworkPolicy default.allow-web',
      'BlockAffinity worker-1-10-244-0-0-30',
      'BlockAffinity worker-1-fd00---126',
      'IPAMBlock 10-244-0-0-30',
      'IPAMHandle k8s-pod-network.c1',
    ])
    expect(byKind(objects, 'IPAMBlock')?.spec).toMatchObject({
      cidr: '10.244.0.0/30',
      sequenceNumber: 1706781600123456789n,
    })
    expect(byKind(objects, 'IPAMHandle')?.spec).toMatchObject({
      handleID: 'k8s-pod-network.c1',
      block: { '10.244.0.0/30': 1 },
    })
    expect(byKind(objects, 'BlockAffinity')?.spec).toEqual({
      cidr: '10.244.0.0/30',
      node: 'worker-1',
      type: 'host',
      state: 'confirmed',
      deleted: false,
    })
  })

  test('says what is lost: tunnels, and what a node has in Calico only', () => {
    expect(lines(apartFromEffect(findings).filter(({ effect }) => effect === 'lost'))).toEqual([
      expect.stringMatching(
        /^lost Encapsulation in, part 1, document 1, item 1 \(IPPool default-ipv4-ippool\): spec\.ipipMode /,
      ),
      expect.stringMatching(
        /^lost NotStored in, part 1, document 4, item 1 \(Node worker-1\): .*kubectl annotate node worker-1 projectcalico\.org\/ASNumber=65001 && kubectl label node worker-1 rack=r1$/,
      ),
    ])
  })

  test('with entries that make no sense names them', () => {
    const data = { blocks: [{ Key: '/calico/nowhere', Value: {} }, 7], handles: 'none', config: [], novelty: {} }
    const result = convertText(`a: 1\n===\n{}\n===\n${JSON.stringify(data)}`)
    expect(result.objects).toEqual([])
    expect(result.findings.map(({ effect, code }) => `${effect} ${code}`)).toEqual(Array(7).fill('lost NotReadable'))
  })
})

describe('a text', () => {
  test('is taken apart into documents, lists and lists of lists', () => {
    const items = [{ kind: 'A' }, { kind: 'List', items: [{ kind: 'B' }] }]
    const places = (text: string) => readConversionInput(text, 'in').inputs.map(({ place }) => place)
    expect(places(JSON.stringify({ kind: 'List', items }))).toEqual(['in, item 1', 'in, item 2, item 1'])
    expect(places('kind: A\n---\n# nothing\n---\n- kind: B\n- kind: C')).toEqual([
      'in, document 1',
      'in, document 3, item 1',
      'in, document 3, item 2',
    ])
    const typed = readConversionInput(
      '{"kind":"TierList","apiVersion":"projectcalico.org/v3","items":[{"metadata":{"name":"a"}}]}',
      'in',
    )
    expect(typed.inputs.map(({ value }) => value)).toEqual([
      { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'a' } },
    ])
  })

  test('that is broken in one place is read in all others', () => {
    const { objects, findings } = convertText(`a: [1\n---\n${JSON.stringify(pool({}))}\n---\na: *b\n`)
    expect(objects).toHaveLength(1)
    expect(findings.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'NotReadable in, document 1',
      'NotReadable in, document 3',
    ])
  })

  test('with a key that is there twice names it; many keys are as good as few', () => {
    const text = (last: string) => {
      const keys = Array.from({ length: 50_000 }, (_, index) => `    k${index}: v`)
      const head = 'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: a\n  annotations:\n'
      return `${head}${[...keys, `    ${last}: w`].join('\n')}\nspec: {cidr: 10.0.0.0/16}\n`
    }
    expect(convertText(text('k')).findings).toEqual([])
    expect(lines(convertText(text('k7')).findings)).toEqual([
      'lost NotReadable in, document 1: is not YAML: the key k7 is in one map twice (line 50006)',
    ])
    expect(lines(convertText('{1: a, "1": b}').findings)).toHaveLength(1)
    expect(lines(convertText('a: {<<: {b: 1}, <<: {c: 1}}').findings)).toHaveLength(1)
  })

  test.each<[string, string, string | undefined]>([
    ['a key that is twice', '{"a": 1,\n "b": 2, "a": 3}', 'the key a is in one map twice (line 2)'],
    ['one below others', '{"a": [{"b": {"c": 1, "c": 1}}]}', 'the key c is in one map twice (line 1)'],
    [
      'one that is spelled in two ways',
      String.raw`{"a\"": 1, "\u0061\"": 2}`,
      'the key a" is in one map twice (line 1)',
    ],
    ['one that is empty', '{"": 1, "": 2}', 'the key  is in one map twice (line 1)'],
    ['the same key in several maps', '{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}], "c": "a"}', undefined],
    ['texts that look like keys', String.raw`{"a": "\"a\": {", "b": ["a", "a", "a\\"], "c": "}"}`, undefined],
    [
      'keys that every object has',
      '{"__proto__": 1, "constructor": 2, "__proto__": 3}',
      'the key __proto__ is in one map twice (line 1)',
    ],
  ])('in JSON with %s is read like one in YAML', (_, text, fault) => {
    const { findings } = readConversionInput(text, 'in')
    expect(lines(findings)).toEqual(
      fault === undefined ? [] : [`lost NotReadable in: is not JSON that can be read: ${fault}`],
    )
  })

  test('in JSON has a key twice just when its reader sees fewer keys than there are', () => {
    // Each text with the number of keys in it; those of a map that is lost with its key count, too.
    type Counted = readonly [text: string, keys: number]
    const sum = (all: readonly Counted[]) => all.reduce((known, [, keys]) => known + keys, 0)
    const plain = fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc.constantFrom('1', 'null'),
    )
    const key = fc.oneof(fc.constantFrom('a', 'b', '"', ':'), fc.string()).map((text) => JSON.stringify(text))
    const json = fc.letrec<{ value: Counted; list: Counted; map: Counted }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        plain.map((text): Counted => [text, 0]),
        tie('list'),
        tie('map'),
      ),
      list: fc
        .array(tie('value'), { maxLength: 3 })
        .map((items): Counted => [`[${items.map(([text]) => text).join(' ,')}]`, sum(items)]),
      map: fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((entries): Counted => {
        const fields = entries.map(([name, [text]]) => `${name} : ${text}`)
        return [`{${fields.join(',')}}`, entries.length + sum(entries.map(([, value]) => value))]
      }),
    })).map
    const seen = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : Object.values(value).reduce(
            (known: number, one) => known + seen(one),
            Array.isArray(value) ? 0 : Object.keys(value).length,
          )
    fc.assert(
      fc.property(json, ([text, keys]) => {
        expect(firstDuplicateJsonKey(text) !== undefined).toBe(keys !== seen(JSON.parse(text)))
      }),
      { numRuns: 1000 },
    )
  })

  test('that is nested too deeply is said to be', () => {
    expect(lines(convertText(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`).findings)).toEqual([
      expect.stringMatching(/^lost NotReadable in.*: is not YAML.*Maximum call stack size exceeded/),
    ])
  })
})

test('JSON has numbers that JavaScript cannot hold', () => {
  const value = { a: [2n ** 62n, -(2n ** 60n)], b: 'x', c: 1.5 }
  const text = formatExactJson(value)
  expect(text.replaceAll(/\s/g, '')).toBe('{"a":[4611686018427387904,-1152921504606846976],"b":"x","c":1.5}')
  expect(parseExactJson(text)).toEqual(value)
})
