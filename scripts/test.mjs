// `npm test`: everything that must hold, in the order in which a failure is cheapest to find.
// Arguments are passed to jest, so `npm test -- packages/ipam` runs one package's tests.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'

const endToEnd = '\\.e2e\\.test\\.ts$'
const jestArgs = process.argv.slice(2)

prepare()
const runs =
  jestArgs.length > 0
    ? [['chosen', jestArgs]]
    : [
        ['unit, property, kernel and speaker tests', ['--testPathIgnorePatterns', endToEnd]],
        // One after the other: each has a cluster, and two would take the processors from each other.
        ['end to end: clusters in the lab', ['--testPathPatterns', endToEnd, '--maxWorkers=1']],
      ]
const totals = { passed: 0, failed: 0, skipped: 0 }
for (const [title, args] of runs) {
  console.log(`\n== ${title}`)
  count(args)
  if (totals.failed > 0) break
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1)

/** Gets what the tests run against: bundles, Debian packages, the Kubernetes and GoBGP programs. */
function prepare() {
  const install = process.env.CI === 'true' ? ['--install'] : []
  must('turbo', ['run', 'build', '--output-logs=errors-only'])
  const found = must('node', ['packages/lab/src/main.ts', 'components', '--print-folder', ...install], 'pipe')
  process.env.MANX_COMPONENTS = found.trim().split('\n').at(-1)
}

function count(args) {
  const report = join(mkdtempSync(join(tmpdir(), 'manx-jest-')), 'report.json')
  const projects = readdirSync('packages').map((name) => `packages/${name}`)
  const result = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--projects',
      ...projects,
      'deploy/image',
      // Ends the list of projects, so that a path in the arguments is a pattern.
      '--json',
      `--outputFile=${report}`,
      ...(args.some((arg) => arg.startsWith('--maxWorkers')) ? [] : ['--maxWorkers=2']),
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  let counted
  try {
    counted = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    totals.failed += 1
    console.error(`jest ended with ${result.status ?? result.signal} and left no report`)
    return
  } finally {
    rmSync(dirname(report), { recursive: true })
  }
  const failed = counted.numFailedTests + counted.numRuntimeErrorTestSuites
  totals.passed += counted.numPassedTests
  // Jest may fail although no test did, as when its arguments are wrong.
  totals.failed += failed === 0 && result.status !== 0 ? 1 : failed
  totals.skipped += counted.numPendingTests
  // Skipped tests carry their reason in their name: a part that cannot run here is named.
  for (const suite of counted.testResults) {
    for (const test of suite.assertionResults) {
      if (test.status === 'pending') console.log(`skipped: ${test.fullName}`)
    }
  }
}

function must(command, args, stdout = 'inherit') {
  const result = spawnSync(command, args, { stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8' })
  if (result.status === 0) return result.stdout ?? ''
  console.error(`npm test: ${command} ${args.join(' ')} failed: ${result.error?.message ?? `exit ${result.status}`}`)
  process.exit(1)
}
