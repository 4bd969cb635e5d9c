import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { GinkgoSpec } from '../src/proof/ginkgo-order.ts'
import { createGinkgoServer, type GinkgoServer } from '../src/proof/ginkgo-server.ts'

let server: GinkgoServer
let alive: Set<number>
let specs: GinkgoSpec[]

beforeEach(async () => {
  alive = new Set([1, 2, 3])
  specs = []
  server = await createGinkgoServer({
    processes: 3,
    onBegin: () => undefined,
    onSpec: (spec) => specs.push(spec),
    onOutput: () => undefined,
    alive: (process) => alive.has(process),
  })
})

afterEach(() => server.close())

async function call(path: string, body?: object): Promise<{ status: number; body: string }> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${server.address}${path}`, { ...init, headers: { connection: 'close' } })
  return { status: response.status, body: await response.text() }
}

test('every spec is handed out once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => call('/counter')))
  const numbers = answers.map(({ body }) => (JSON.parse(body) as { Index: number }).Index)
  expect(numbers.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('the others wait for what the first prepares, and give up when it has ended', async () => {
  expect((await call('/before-suite-state')).status).toBe(425)
  await call('/before-suite-completed', { Data: 'abc', State: 'passed' })
  expect(JSON.parse((await call('/before-suite-state')).body)).toEqual({ Data: 'abc', State: 'passed' })
  alive.delete(1)
  expect((await call('/report-before-suite-state')).status).toBe(410)
})

test('the first waits for the others and gets all of their reports', async () => {
  const report = (name: string, succeeded: boolean) => ({
    SuiteSucceeded: succeeded,
    PreRunStats: { SpecsThatWillRun: 2 },
    SpecReports: [{ LeafNodeText: name }],
  })
  await call('/suite-did-end', report('a', true))
  expect((await call('/have-nonprimary-procs-finished')).status).toBe(425)
  await call('/suite-did-end', report('b', false))
  alive.delete(2)
  alive.delete(3)
  expect((await call('/have-nonprimary-procs-finished')).status).toBe(200)
  const merged = JSON.parse((await call('/aggregated-nonprimary-procs-report')).body) as object
  expect(merged).toMatchObject({ SuiteSucceeded: false, SpecReports: [{ LeafNodeText: 'a' }, { LeafNodeText: 'b' }] })
})

test('a process that ended without a report is missed', async () => {
  alive = new Set([1])
  await call('/suite-did-end', { SuiteSucceeded: true, PreRunStats: { SpecsThatWillRun: 0 }, SpecReports: null })
  expect((await call('/aggregated-nonprimary-procs-report')).status).toBe(410)
})

test('specs that ran are told, those that were skipped are not', async () => {
  const spec = { LeafNodeType: 'It', ContainerHierarchyTexts: ['Netpol', 'NetworkPolicy'], RunTime: 1.5e9 }
  await call('/did-run', { ...spec, LeafNodeText: 'should deny', State: 'passed' })
  await call('/did-run', { ...spec, LeafNodeText: 'should allow', State: 'failed', Failure: { Message: 'did not' } })
  await call('/did-run', { ...spec, LeafNodeText: 'should nothing', State: 'skipped' })
  await call('/did-run', { ...spec, LeafNodeType: 'BeforeSuite', LeafNodeText: '', State: 'passed' })
  expect(specs).toEqual([
    { name: 'Netpol NetworkPolicy should deny', state: 'passed', seconds: 1.5 },
    { name: 'Netpol NetworkPolicy should allow', state: 'failed', seconds: 1.5, message: 'did not' },
  ])
})

test('an abort by one reaches all', async () => {
  expect((await call('/abort')).status).toBe(200)
  await call('/abort', {})
  expect((await call('/abort')).status).toBe(410)
})
