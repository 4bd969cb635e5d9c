import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  allKinds,
  convertDocuments,
  convertObject,
  describeConversionFinding,
  readConversionInput,
  validate,
} from '../../src/index.ts'
import { readDocuments } from '../documents/read-documents.ts'
import { apartFromEffect, asStored, toJson } from './support.ts'

describe('whatever comes', () => {
  const documents = readDocuments().map(({ object }) => asStored(object))
  const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, '', 'true', -1, [], {}, [null], 2n ** 60n))

  test('what is turned over is valid, stays as it is when turned over again, and nothing is lost unsaid', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 4 }),
        junk,
        (document, position, key, value) => {
          const changed = structuredClone(document) as Record<string, unknown>
          const places: Record<string, unknown>[] = []
          const walk = (part: unknown) => {
            if (typeof part !== 'object' || part === null) return
            if (!Array.isArray(part)) places.push(part as Record<string, unknown>)
            Object.values(part).forEach(walk)
          }
          walk(changed)
          const place = places[position % places.length]
          const keys = Object.keys(place ?? {})
          const field = keys.length > 0 && position % 2 === 0 ? keys[position % keys.length] : key
          if (place !== undefined && field !== undefined) place[field] = value
          const { object, findings } = convertObject({ place: 'a', value: changed })
          if (object === undefined) {
            expect(findings.length).toBeGreaterThan(0)
            return
          }
          const kind = allKinds.find((one) => one.kind === object.kind)
          if (kind === undefined) throw new Error(object.kind)
          expect(validate(kind, JSON.parse(toJson(object)))).toEqual([])
          const there = new Map(leavesOf(object.spec, 'spec'))
          for (const [path, leaf] of leavesOf(changed.spec, 'spec')) {
            const said = apartFromEffect(findings).some(({ path: about }) => path.startsWith(about) && about !== '')
            expect([path, said || String(there.get(path)) === String(leaf)]).toEqual([path, true])
          }
          const again = convertObject({ place: 'a', value: object })
          expect({ ...again, findings: apartFromEffect(again.findings) }).toEqual({ object, findings: [] })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a text is read, or its faults are named', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('===', '---\n===\n===', 'kind: List\nitems: 7', 'kind: XList\nitems: [{}]'),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (parts) => {
        const { inputs, findings } = readConversionInput(parts.join('\n'), 'in')
        convertDocuments(inputs)
        for (const finding of findings) expect(describeConversionFinding(finding)).toContain('in')
      }),
      { numRuns: 300 },
    )
  })
})

/** What is somewhere in a value; nulls and empty texts stand for what is absent. */
function* leavesOf(value: unknown, path: string): Generator<[string, unknown]> {
  if (value === null || value === '') return
  const entries = typeof value === 'object' ? Object.entries(value) : []
  if (entries.length === 0) yield [path, value]
  const step = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
  for (const [key, item] of entries) yield* leavesOf(item, step(key))
}
