import { expect, test } from '@jest/globals'
import { parseSelector } from '@manx/api'
import { isDecidedByNamespace } from '../../src/calc/policy/decided-by-namespace.ts'

test.each([
  ['', true],
  ['all()', true],
  ['global()', true],
  ['projectcalico.org/namespace == "shop"', true],
  ['projectcalico.org/orchestrator == "k8s" && projectcalico.org/namespace == "shop"', true],
  ['pcns.team in {"a", "b"} || !has(pcns.env)', true],
  ['has(app)', false],
  ['projectcalico.org/namespace == "shop" && app == "web"', false],
  ['!(pcns.team == "a" || app == "web")', false],
  ['pcsa.role == "robot"', false],
  ['projectcalico.org/serviceaccount == "robot"', false],
])('%s: %s', (selector, expected) => {
  expect(isDecidedByNamespace(parseSelector(selector).node)).toBe(expected)
})
