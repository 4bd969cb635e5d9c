// `npm run soak -- NAME`
import { Command, CommanderError, Option } from 'commander'
import { interruptSignal } from './commands/interrupt-signal.ts'
import { describeError, exitCodeOf } from './exit-code.ts'
import { convergence } from './soaks/convergence.ts'
import { faultSoaks } from './soaks/faults.ts'
import { runFuzz } from './soaks/fuzz.ts'
import { netpolIpv6 } from './soaks/netpol.ts'
import { oldestKubernetes } from './soaks/oldest-kubernetes.ts'
import { runPolicyDifferential } from './soaks/policy-differential.ts'
import { runSoak } from './soaks/run-soak.ts'
import type { Soak } from './soaks/soak.ts'

const soaks: Readonly<Record<string, Soak>> = {
  convergence,
  ...faultSoaks,
  'netpol-ipv6': netpolIpv6,
  'oldest-kubernetes': oldestKubernetes,
}
const differential = {
  name: 'policy-differential',
  description: 'sends packets through random policies, and compares what arrives with the reference evaluator',
}
const fuzz = {
  name: 'fuzz',
  description: 'gives what reads YAML, selectors, CIDRs, ports, AS numbers and durations anything but that',
}
const list = [
  ...Object.entries(soaks).map(([name, { description }]) => ({ name, description })),
  differential,
  fuzz,
].map(({ name, description }) => `  ${name.padEnd(21)}${description}`)

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
    .addOption(new Option('--minutes <count>', 'how long').default(10).argParser(Number))
    .addOption(new Option('--seed <number>', 'repeats a run').default(Date.now() % 100_000).argParser(Number))
    .action(async (options: { readonly lab: string; readonly minutes: number; readonly seed: number }) => {
      const log = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`)
      const rounds = await runSoak(soak, { ...options, signal: interruptSignal(), log })
      console.log(`${name}: ${rounds} rounds held`)
    })
}

program
  .command(differential.name)
  .description(`${differential.description}; without a lab`)
  .exitOverride()
  .addOption(new Option('--pairs <count>', 'packets to compare').default(200_000).argParser(Number))
  .addOption(new Option('--seed <number>', 'repeats a run').default(Date.now() % 100_000).argParser(Number))
  .action(async (options: { readonly pairs: number; readonly seed: number }) => {
    await runPolicyDifferential({ ...options, signal: interruptSignal() })
    console.log(`${differential.name}: ${options.pairs} verdicts agreed`)
  })

program
  .command(fuzz.name)
  .description(`${fuzz.description}; without a lab`)
  .exitOverride()
  .addOption(new Option('--cases <count>', 'how many in all').default(100_000).argParser(Number))
  .addOption(new Option('--seed <number>', 'repeats a run').default(Date.now() % 100_000).argParser(Number))
  .action(async (options: { readonly cases: number; readonly seed: number }) => {
    await runFuzz({ ...options, signal: interruptSignal() })
    console.log(`${fuzz.name}: ${options.cases} cases were answered`)
  })

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(`soak: ${describeError(error)}`)
  process.exitCode = exitCodeOf(error)
}
process.exit()
