import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { api } from './benches/api/api.ts'
import { cni } from './benches/cni/cni.ts'
import { policy } from './benches/policy/policy.ts'
import { routes } from './benches/routes.ts'
import { selectors } from './benches/selectors/selectors.ts'
import { sets } from './benches/sets.ts'
import { start } from './benches/start/start.ts'
import { throughput } from './benches/throughput/throughput.ts'
import { validate } from './benches/validate.ts'
import { componentsFolder } from './cluster/components.ts'
import { enclose, furnishEnclosure, isEnclosed } from './enclosure/enclosure.ts'
import { type Benchmark, type Figure, type Size, sizes } from './measure.ts'
import { type Format, formatFigures, formats } from './output/format-figures.ts'

const benchmarks: readonly Benchmark[] = [routes, sets, selectors, validate, api, cni, policy, start, throughput]

interface Options {
  readonly output: Format
  readonly size: Size
  readonly rounds?: number
  readonly only?: RegExp
}

const command = new Command('bench')
  .description(
    'Runs benchmarks, each beside a baseline in the same run. Needs root: they run in namespaces of their own.',
  )
  .addArgument(
    new Argument(
      '[names...]',
      `which to run, all when none is named:\n${benchmarks.map((b) => `  ${b.name}: ${b.summary}`).join('\n')}`,
    ).choices(benchmarks.map((benchmark) => benchmark.name)),
  )
  .addOption(new Option('-o, --output <format>', 'how to print').choices([...formats]).default('table'))
  .addOption(
    new Option('-s, --size <size>', 'how much to do: full for figures, quick for a look, tiny to see that it works')
      .choices([...sizes])
      .default('full'),
  )
  .option('-r, --rounds <n>', 'repeat each measurement so many times instead', count)
  .option('--only <pattern>', 'only cases whose name matches the regular expression', pattern)
  .action(async (names: readonly string[], options: Options) => {
    if (process.geteuid?.() !== 0) throw new Error('benchmarks need root')
    const chosen = benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))
    if (isEnclosed()) return runAll(chosen, options)
    const needed = chosen.some(({ needsComponents }) => needsComponents)
    process.exitCode = await enclose(needed ? { MANX_COMPONENTS: await componentsFolder() } : {})
  })
  .exitOverride()

async function runAll(chosen: readonly Benchmark[], { output, size, rounds, only }: Options): Promise<void> {
  await furnishEnclosure()
  const figures: Figure[] = []
  for (const benchmark of chosen) {
    const progress = (text: string) => process.stderr.write(`bench ${benchmark.name}: ${text}\n`)
    const wants = (caseName: string) => only?.test(caseName) ?? true
    figures.push(...(await benchmark.run({ progress, size, rounds, wants })))
  }
  process.stdout.write(`${formatFigures(figures, output)}\n`)
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1 on')
  return value
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch {
    throw new InvalidArgumentError('must be a regular expression')
  }
}

try {
  await command.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong, with the names that there are.
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else {
    process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
  }
}
// What a bench could not end ends with the enclosure.
if (isEnclosed()) process.exit()
