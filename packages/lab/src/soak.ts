// `npm run soak -- NAME`
import { Command, CommanderError, Option } from 'commander'
import { interruptSignal } from './commands/interrupt-signal.ts'
import { wholeNumber } from './commands/whole-number.ts'
import { describeError, exitCodeOf } from './exit-code.ts'
import { convergence } from './soaks/convergence.ts'
import { faultSoaks } from './soaks/faults.ts'
import { fuzz } from './soaks/fuzz.ts'
import { type LongTest, runLongTest } from './soaks/long-test.ts'
import { netpolIpv6 } from './soaks/netpol.ts'
import { oldestKubernetes } from './soaks/oldest-kubernetes.ts'
import { policyDifferential } from './soaks/policy-differential.ts'
import { runSoak } from './soaks/run-soak.ts'
import type { Soak } from './soaks/soak.ts'

const soaks: Readonly<Record<string, Soak>> = {
  convergence,
  ...faultSoaks,
  'netpol-ipv6': netpolIpv6,
  'oldest-kubernetes': oldestKubernetes,
}
const longTests: Readonly<Record<string, LongTest>> = { 'policy-differential': policyDifferential, fuzz }
const list = Object.entries({ ...soaks, ...longTests }).map(
  ([name, { description }]) => `  ${name.padEnd(21)}${description}`,
)
const seed = () =>
  new Option('--seed <number>', 'repeats a run').default(Date.now() % 100_000).argParser(wholeNumber(0))

const program = new Command('npm run soak --')
  .description(
    'Does something to a lab again and again, for hours if you like, and stops at the first thing that breaks.',
  )
  .addHelpText('after', `\nSoaks:\n${list.join('\n')}`)
  .exitOverride()

for (const [name, soak] of Object.entries(soaks)) {
  program
    .command(name)
    .description(soak.description)
    .exitOverride()
    .addOption(new Option('--lab <name>', 'lab to use; made and removed when it is not there').default('soak'))
    .addOption(new Option('--minutes <count>', 'how long').default(10).argParser(wholeNumber(1)))
    .addOption(seed())
    .action(async (options: { readonly lab: string; readonly minutes: number; readonly seed: number }) => {
      const log = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`)
      const rounds = await runSoak(soak, { ...options, signal: interruptSignal(), log })
      console.log(`${name}: ${rounds} rounds held`)
    })
}

for (const [name, test] of Object.entries(longTests)) {
  const { option, description, usual } = test.count
  program
    .command(name)
    .description(`${test.description}; without a lab`)
    .exitOverride()
    .addOption(new Option(`--${option} <count>`, description).default(usual).argParser(wholeNumber(1)))
    .addOption(seed())
    .action(async (options: Readonly<Record<string, number>>) => {
      const { [option]: count = usual, seed: from = 0 } = options
      await runLongTest(test, { count, seed: from, signal: interruptSignal() })
      console.log(`${name}: ${count} ${test.held}`)
    })
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(`soak: ${describeError(error)}`)
  process.exitCode = exitCodeOf(error)
}
process.exit()
