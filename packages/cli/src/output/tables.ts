import { printable } from '@manx/api'

/** Columns padded with spaces, as `kubectl` prints them. What cells have stays in its line. */
export function plainTable(header: readonly string[], texts: readonly (readonly string[])[]): string {
  const rows = texts.map((cells) => cells.map(printable))
  const widths = columnWidths([header, ...rows])
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
      .join('')
      .trimEnd()
  return [header, ...rows].map(line).join('\n')
}

/** A table in a box of +, - and |, as calicoctl prints reports. */
export function boxTable(header: readonly string[], texts: readonly (readonly string[])[]): string {
  const rows = texts.map((cells) => cells.map(printable))
  const widths = columnWidths([header, ...rows])
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const line = (cells: readonly string[]) =>
    `|${widths.map((width, column) => ` ${(cells[column] ?? '').padEnd(width)} `).join('|')}|`
  return [rule, line(header), rule, ...rows.map(line), rule].join('\n')
}

function columnWidths(lines: readonly (readonly string[])[]): number[] {
  const widths: number[] = []
  for (const cells of lines) {
    for (const [column, cell] of cells.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return widths
}
