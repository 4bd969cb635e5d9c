import { Argument, Command, Option } from 'commander'
import { routes } from './benches/routes.ts'
import { sets } from './benches/sets.ts'
import type { Benchmark, Figure } from './measure.ts'

const benchmarks: readonly Benchmark[] = [routes, sets]

await new Command('bench')
  .description(
    'Runs benchmarks of the hot paths, each beside a baseline in the same run. Needs root: they run in namespaces of their own.',
  )
  .addArgument(
    new Argument(
      '[names...]',
      `which to run, all when none is named:\n${benchmarks.map((b) => `  ${b.name}: ${b.summary}`).join('\n')}`,
    ).choices(benchmarks.map((benchmark) => benchmark.name)),
  )
  .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
  .action(async (names: readonly string[], options: { readonly output: 'table' | 'json' }) => {
    const figures: Figure[] = []
    for (const benchmark of benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const progress = (text: string) => process.stderr.write(`bench ${benchmark.name}: ${text}\n`)
      figures.push(...(await benchmark.run(progress)))
    }
    console.log(options.output === 'json' ? JSON.stringify(figures, null, 2) : table(figures))
  })
  .parseAsync()

function table(figures: readonly Figure[]): string {
  const rows = [
    ['BENCH', 'METRIC', 'P50', 'P99', 'BASELINE', 'RATIO', 'N'],
    ...figures.map((f) => [
      f.bench,
      f.metric,
      `${f.p50.toFixed(3)} ${f.unit}`,
      `${f.p99.toFixed(3)} ${f.unit}`,
      `${f.baseline.toFixed(3)} ${f.unit}`,
      f.ratio.toFixed(3),
      String(f.n),
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
