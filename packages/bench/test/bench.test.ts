import { fileURLToPath } from 'node:url'
import { describe, expect, jest, test } from '@jest/globals'
import { run, skipReason } from '@manx/testbed'

// Every benchmark, so small that its figures mean nothing: what is tested is that it runs to its end and says what it should.

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const components = process.env.MANX_COMPONENTS ?? '/nowhere'
const reason = skipReason({
  root: true,
  commands: [
    'ip',
    'nft',
    'cc',
    'nsenter',
    'unshare',
    'setpriv',
    'taskset',
    'sysctl',
    'mount',
    `${components}/kube-apiserver`,
  ],
})
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(240_000)

const bench = (...args: readonly string[]) => run(process.execPath, [main, ...args])

test('an unknown name is answered with the names there are, and code 2', async () => {
  const { code, stdout, stderr } = await bench('nothing')
  expect(code).toBe(2)
  expect(stdout).toBe('')
  for (const name of ['routes', 'sets', 'selectors', 'validate', 'api', 'cni', 'policy', 'start', 'throughput'])
    expect(stderr).toContain(name)
})

test('help names every benchmark', async () => {
  const { code, stdout } = await bench('--help')
  expect(code).toBe(0)
  for (const name of ['routes', 'sets', 'selectors', 'validate', 'api', 'cni', 'policy', 'start', 'throughput'])
    expect(stdout).toContain(`${name}: `)
})

suite(`a tiny run${reason === undefined ? '' : ` (${reason})`}`, () => {
  test.each<[string, readonly string[], ...string[]]>([
    ['routes', ['add and remove 1000']],
    ['sets', ['add and remove one element']],
    ['validate', ['10 documents, without a fault', '20 documents, each with a fault']],
    ['selectors', ['first match, 300 endpoints × 100 selectors', 'one label change, 300 endpoints × 100 selectors']],
    ['api', ['fields: all known, 20 pods', 'plain library: CPU for 1,000 changes, 20 pods']],
    [
      'cni',
      [
        'ADD, one by one (pipe; beside ptp)',
        'DEL, one by one (pipe; beside bridge)',
        '3 ADDs at once, all (pipe; beside ptp)',
      ],
    ],
    ['policy', ['policy created → refused, 2 endpoints, 3 policies, from API response']],
    ['start', ['agent: in sync, 3 policies active', 'bare Node: settled memory, 3 policies active'], '--only=active'],
    ['throughput', ['throughput, same node: manx, no rules', 'new connections, across nodes: bare veths']],
  ])('%s prints its figures as JSON and nothing else', async (name, metrics, ...options) => {
    const { code, stdout, stderr } = await bench(name, '--size', 'tiny', '-o', 'json', ...options)
    if (code !== 0) throw new Error(stderr)
    const figures: readonly Record<string, unknown>[] = JSON.parse(stdout)
    const keys = ['bench', 'metric', 'unit', 'p50', 'p99', 'baseline', 'ratio', 'n']
    for (const figure of figures) {
      expect(Object.keys(figure)).toEqual(keys)
      expect(figure).toMatchObject({ bench: name, p50: expect.any(Number), n: expect.any(Number) })
    }
    expect(figures.map(({ metric }) => metric)).toEqual(expect.arrayContaining([...metrics]))
  })
})
