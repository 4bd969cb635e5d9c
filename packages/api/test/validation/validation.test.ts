import { describe, expect, test } from '@jest/globals'
import { IPPool, isApiError, type Resource, resourceOf, validate } from '../../src/index.ts'
import { withApiServer } from '../with-api-server.ts'
import { objectOf, type Row, reasons } from './row.ts'
import { bgpRows } from './rows/bgp-rows.ts'
import { clusterRows } from './rows/cluster-rows.ts'
import { felixRows } from './rows/felix-rows.ts'
import { ipamRows } from './rows/ipam-rows.ts'
import { policyRows } from './rows/policy-rows.ts'

const rows: readonly Row[] = [...policyRows, ...ipamRows, ...bgpRows, ...clusterRows, ...felixRows]
const show = ({ kind, name, spec }: Row) => `${kind.kind} ${name} ${JSON.stringify(spec).slice(0, 160)}`

describe('the client', () => {
  test('accepts what is right and says of the rest where it is wrong', () => {
    for (const row of rows) {
      const found = validate(row.kind, objectOf(row)).map(({ path, message }) => `${path} ${message}`)
      const expected = row.wrong === undefined ? [] : expect.arrayContaining([expect.stringContaining(row.wrong)])
      expect({ row: show(row), found }).toEqual({ row: show(row), found: expected })
    }
  })

  test('every reason is used', () => {
    expect(new Set(rows.flatMap(({ onlyClient }) => onlyClient ?? []))).toEqual(new Set(Object.keys(reasons)))
  })
})

withApiServer('the API server', (api) => {
  /** What it has against the object: fields and messages; empty when it accepts it. */
  async function refusal(row: Row): Promise<readonly string[]> {
    try {
      const resource = resourceOf(row.kind) as Resource<never>
      await api.client.create(resource, objectOf(row) as never, { dryRun: true, fieldValidation: 'Strict' })
      return []
    } catch (error) {
      if (!isApiError(error)) throw error
      return [error.message]
    }
  }

  test('decides as the client does, but where a reason says otherwise', async () => {
    const differences: string[] = []
    for (const row of rows) {
      const problems = await refusal(row)
      const accepts = row.wrong === undefined || row.onlyClient !== undefined
      if (accepts !== (problems.length === 0)) {
        differences.push(`${show(row)}: ${accepts ? problems.join('; ') : 'is accepted'}`)
      }
      // The last part of the path is in the answer, so it is refused for what is wrong with it.
      const field = row.wrong?.split(' ')[0]?.replace(/\[.*$/, '').split('.').at(-1) ?? ''
      if (!accepts && problems.length > 0 && !problems.join().includes(field)) {
        differences.push(`${show(row)}: is refused for something else: ${problems.join('; ')}`)
      }
    }
    expect(differences).toEqual([])
  }, 180_000)

  test('fields that cannot be changed stay', async () => {
    const pools = resourceOf(IPPool)
    const pool = await api.client.create(pools, {
      metadata: { name: 'v4' },
      spec: { cidr: '10.0.0.0/16', blockSize: 26 },
    })
    for (const change of [{ cidr: '10.1.0.0/16' }, { blockSize: 27 }]) {
      await expect(api.client.update(pools, { ...pool, spec: { ...pool.spec, ...change } })).rejects.toThrow(
        'cannot be changed: delete the pool and make a new one',
      )
    }
  })
})
