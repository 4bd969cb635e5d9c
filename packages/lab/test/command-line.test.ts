import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { run, skipReason } from '@manx/testbed'
import { CommanderError } from 'commander'
import { wholeNumber } from '../src/commands/whole-number.ts'
import { ComponentError } from '../src/components/index.ts'
import { exitCodeOf } from '../src/exit-code.ts'
import { LabError } from '../src/lab-error.ts'
import { randomFrom } from '../src/soaks/run-soak.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const soakMain = fileURLToPath(new URL('../src/soak.ts', import.meta.url))
const lab = (...args: readonly string[]) => run(process.execPath, [main, ...args])

describe('the command line', () => {
  test.each([
    [['--help'], 0, 'stdout', 'Commands:'],
    [['up', '--help'], 0, 'stdout', '--mesh'],
    [['up', '--help'], 0, 'stdout', '--ipv6-primary'],
    [['exec', '--help'], 0, 'stdout', 'inside a node, router, control or outside'],
    [['bogus'], 2, 'stderr', "unknown command 'bogus'"],
    [['--bogus'], 2, 'stderr', "unknown option '--bogus'"],
    [['--nodes', 'many'], 2, 'stderr', 'a whole number is wanted'],
    [['--name', 'No Good'], 2, 'stderr', 'lower-case letters'],
    [['status', '--name', 'not-there'], 5, 'stderr', "there is no lab 'not-there'"],
    [['kubeconfig', '--name', '../etc'], 2, 'stderr', 'lower-case letters'],
    [['down', '--name', 'not-there'], 0, 'stderr', 'nothing to remove'],
    [['e2e', '--name', 'not-there'], 2, 'stderr', '--focus'],
  ] as const)('%j ends with %i', async (args, code, stream, words) => {
    const result = await lab(...args)
    expect(result[stream]).toContain(words)
    expect(result.code).toBe(code)
  })
})

const soak = (...args: readonly string[]) => run(process.execPath, [soakMain, ...args])

test('a soak whose length is no number is not begun', async () => {
  const { code, stderr } = await soak('fuzz', '--cases', '1h')
  expect([code, stderr]).toEqual([2, expect.stringContaining('a whole number is wanted, at least 1')])
})

test.each([
  ['10', 1, 10],
  ['0', 0, 0],
  ['0', 1, undefined],
  ['1h', 0, undefined],
  ['', 0, undefined],
  ['1.5', 0, undefined],
  ['-1', 0, undefined],
  ['1e5', 0, undefined],
  ['9'.repeat(20), 0, undefined],
])('%j as a whole number of at least %i is %j', (text, least, number) => {
  const read = () => wholeNumber(least)(text)
  if (number === undefined) expect(read).toThrow('a whole number is wanted')
  else expect(read()).toBe(number)
})

test('soaks are listed with what they do', async () => {
  const { code, stdout } = await soak('--help')
  expect(code).toBe(0)
  for (const name of ['convergence', 'oldest-kubernetes', 'policy-differential', 'fuzz']) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +\\w+ `, 'm'))
  }
})

const unshare = skipReason({ root: true, commands: ['setpriv'] })

;(unshare === undefined ? test : test.skip)('without root it says so, with what to do', async () => {
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, main, '--name', 'nobody']
  const { code, stderr } = await run('setpriv', asNobody)
  // Where a checkout is closed to others, Node cannot even read it.
  if (stderr.includes('EACCES')) return
  expect(stderr).toContain('root (run as root or with sudo)')
  expect(code).toBe(3)
})

test.each([
  [new LabError('NameTaken', ''), 4],
  [new LabError('Prerequisite', ''), 3],
  [new LabError('CheckFailed', ''), 1],
  [new LabError('Aborted', ''), 130],
  [new ComponentError('ToolMissing', ''), 3],
  [new ComponentError('BuildFailed', ''), 1],
  [new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  [new CommanderError(1, 'commander.unknownOption', ''), 2],
  [new Error('boom'), 1],
])('%p has exit code %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})

test('a soak with the same seed does the same', () => {
  const [a, b] = [randomFrom(7), randomFrom(7)]
  const drawn = Array.from({ length: 100 }, () => a())
  expect(drawn).toEqual(Array.from({ length: 100 }, () => b()))
  expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true)
})
