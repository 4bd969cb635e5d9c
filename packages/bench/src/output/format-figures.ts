import type { Figure } from '../measure.ts'

export const formats = ['table', 'json', 'markdown'] as const
export type Format = (typeof formats)[number]

/** All figures as one text, without a line end. */
export function formatFigures(figures: readonly Figure[], format: Format): string {
  if (format === 'json') return JSON.stringify(figures, null, 2)
  const rows = [['bench', 'metric', 'p50', 'p99', 'baseline', 'ratio', 'n'], ...figures.map(cells)]
  return format === 'table' ? aligned(rows) : markdown(rows)
}

function cells({ bench, metric, unit, p50, p99, baseline, ratio, n }: Figure): readonly string[] {
  const value = (number: number | null) => (number === null ? '–' : `${significant(number)} ${unit}`)
  return [bench, metric, value(p50), value(p99), value(baseline), ratio === null ? '–' : ratio.toFixed(3), String(n)]
}

/** Enough digits to compare, none that are noise. */
function significant(value: number): string {
  const magnitude = Math.abs(value)
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3)
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const [head = [], ...body] = rows
  return [head.map((cell) => cell.toUpperCase()), ...body]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function markdown([head = [], ...body]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column < 2 ? '---' : '---:'))), ...body.map(line)].join('\n')
}
