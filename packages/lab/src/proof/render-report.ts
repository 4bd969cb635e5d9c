import type { CheckReport } from './check-lab.ts'
import type { CheckResult } from './settle-probes.ts'

/** The matrix and what goes with it, for a terminal. */
export function renderReport(report: CheckReport): string {
  const sections = [
    matrix(report.results),
    notes(report),
    captures(report),
    routers(report),
    failures(report),
    report.passed ? 'All of it holds.' : 'NOT all of it holds.',
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function matrix(results: readonly CheckResult[]): string {
  const checks = [...new Set(results.map(({ check }) => check))]
  const cell = (check: string, family: string) => {
    const result = results.find((one) => one.check === check && one.family === family)
    if (result === undefined) return '–'
    const passed = result.total - result.failures.length
    const late = result.late === 0 ? '' : ` (${result.late} late)`
    return `${result.failures.length === 0 ? 'pass' : 'FAIL'} ${passed}/${result.total}${late}`
  }
  return table([['', 'IPv4', 'IPv6'], ...checks.map((check) => [check, cell(check, 'v4'), cell(check, 'v6')])])
}

function notes({ tunnels }: CheckReport): string {
  return tunnels.length === 0 ? 'pass  no tunnel device on any node' : `FAIL  tunnel devices: ${tunnels.join(', ')}`
}

function captures(report: CheckReport): string {
  return report.captures
    .map(({ where, from, to, packets, problem }) =>
      [
        `${problem === undefined ? 'pass' : 'FAIL'}  on the cable (${where}) packets from ${from} to ${to} are bare${problem === undefined ? '' : `: ${problem}`}`,
        ...packets.slice(0, 2).map((packet) => `        ${packet.slice(0, 110)}`),
      ].join('\n'),
    )
    .join('\n')
}

function routers(report: CheckReport): string {
  const rows = Object.entries(report.routers).flatMap(([router, routes]) =>
    routes.map(({ prefix, nextHops, protocol }, index) => [
      index === 0 ? router : '',
      prefix,
      `via ${nextHops.join(', ')}`,
      protocol,
    ]),
  )
  return rows.length === 0 ? '' : table([['router', "nodes' blocks", 'next hop', 'from'], ...rows])
}

function failures({ results }: CheckReport): string {
  const shown = 5
  return results
    .filter((result) => result.failures.length > 0)
    .map(({ check, family, failures: list }) => {
      const more = list.length > shown ? [`  … and ${list.length - shown} more`] : []
      return [`${check.trim()}, ${family}:`, ...list.slice(0, shown).map((line) => `  ${line}`), ...more].join('\n')
    })
    .join('\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
