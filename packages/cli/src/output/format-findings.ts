import { type Finding, linesOf, printable, type SourceText } from '@manx/api'

/**
 * Findings as compilers print them: place, what is wrong, and the line with a mark under the part that it is about; without the
 * line for Secrets. An editor finds the place by its first line. Nothing of the input moves the cursor or begins a line.
 */
export function formatFindings(findings: readonly Finding[], sources: readonly SourceText[]): string {
  const texts = new Map(sources.map(({ file, text }) => [file, text]))
  const lines = new Map<string, ReturnType<typeof linesOf>>()
  const lineOf = (file: string, line: number) => {
    const known = lines.get(file) ?? linesOf(texts.get(file) ?? '')
    lines.set(file, known)
    return known.textOf(line)
  }
  return findings.map((finding) => formatFinding(finding, lineOf)).join('\n')
}

function formatFinding(finding: Finding, lineOf: (file: string, line: number) => string): string {
  const { file, line, column, width, severity, path, message, suggestion, related = [] } = finding
  const text = finding.secret === true ? '' : lineOf(file, line).slice(0, longest + 1)
  const number = String(line)
  const margin = ' '.repeat(number.length)
  const before = printableLine(text.slice(0, column - 1))
  const marked = text.slice(column - 1, column - 1 + width)
  const length = width - marked.length + printableLine(marked).length
  const mark = `${pad(before)}${'^'.repeat(Math.min(length, longest))}`
  const help = suggestion === undefined ? '' : ` ${printable(suggestion)}`
  const shown = [
    ` ${number} | ${clip(printableLine(text))}`,
    ...(before.length >= longest ? [] : [` ${margin} | ${mark}${help}`]),
  ]
  return [
    printable(`${file}:${line}:${column}: ${severity}: ${path === '' ? '' : `${path} `}${message}${butIs(finding)}`),
    ` ${margin} | ${printable(objectOf(finding))}`,
    ...(finding.secret === true ? [] : shown),
    ...related.map((one) => printable(`${one.file}:${one.line}:${one.column}: note: ${one.message}`)),
  ].join('\n')
}

/** A line of the input; its tabs stay. */
const printableLine = (text: string): string => text.split('\t').map(printable).join('\t')

/** More of a line helps nobody, and files of one line are long. */
const longest = 160

const clip = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

/** Spaces as wide as the text: tabs stay, so that the mark is under what it marks. */
const pad = (text: string): string => text.replace(/[^\t]/g, ' ')

function objectOf({ kind, namespace, name, document, item }: Finding): string {
  const place = `document ${document}${item === undefined ? '' : `, item ${item}`}`
  if (kind === undefined) return place
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? 'without name'} (${place})`
}

/** What is there, where the message is about what should be. */
function butIs({ code, value, secret }: Finding): string {
  if (secret === true && value === undefined) return ''
  if (code !== 'InvalidValue' && code !== 'UnknownApiVersion') return ''
  return `, not ${show(value)}`
}

function show(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

/** `2 errors and 1 warning in 12 documents`. */
export function summarize(findings: readonly Finding[], documents: number): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const counts = [count(errors, 'error'), count(findings.length - errors, 'warning')]
  return `${counts.join(' and ')} in ${count(documents, 'document')}`
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
