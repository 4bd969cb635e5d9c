import { expect, test } from '@jest/globals'
import { nodeFacts } from '../../src/inputs/facts.ts'

test.each([
  [undefined, false],
  ['True', false],
  ['False', true],
] as const)('a Node whose NetworkUnavailable is %s is seen so', (status, networkAvailable) => {
  const conditions = status === undefined ? [] : [{ type: 'NetworkUnavailable', status }]
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, status: { conditions } } as const
  expect(nodeFacts(node as never)).toMatchObject({ networkAvailable })
})
