import { type AnyKind, apiVersionOf } from '../kind.ts'
import type { Node, Rule } from '../schema/schema.ts'
import { describeType } from './describe-type.ts'

export const generatedNote = '<!-- Generated from packages/api by `npm run generate`; edits are lost. -->\n'

/** What users should know of a kind, as Markdown. `example` is the YAML of one object of it. */
export function referencePage(kind: AnyKind, example: string): string {
  const sections = [
    `${generatedNote}\n# ${kind.kind}\n\n${kind.doc}\n`,
    factsOf(kind),
    `## Example\n\n\`\`\`yaml\n${example.trim()}\n\`\`\`\n`,
    `## Fields\n\nA default in *italics* is not stored: the field stays absent, and means that.\n`,
    tableOf(kind.spec.node, 'spec'),
    rulesOf(kind),
    ...(kind.status === undefined ? [] : [`## Status\n`, tableOf(kind.status.node, 'status')]),
  ]
  return sections.filter((section) => section !== '').join('\n')
}

function factsOf(kind: AnyKind): string {
  const { shortNames = [], printerColumns = [], selectableFields = [] } = kind
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
  const facts: readonly (readonly [string, string])[] = [
    ['API version', `\`${apiVersionOf(kind)}\``],
    ['For kubectl', code([kind.plural, ...shortNames])],
    ['Scope', kind.scope === 'Namespaced' ? 'a namespace' : 'the cluster'],
    ['Name', kind.name === undefined ? '' : kind.name.message],
    ['Columns', printerColumns.map(({ name }) => name).join(', ')],
    ['Field selectors', code(selectableFields.map((path) => path.slice(1)))],
  ]
  const rows = facts.filter(([, value]) => value !== '').map(([name, value]) => `| ${name} | ${cell(value)} |`)
  return `| | |\n| --- | --- |\n${rows.join('\n')}\n`
}

function tableOf(node: Node, path: string): string {
  const rows = [...fieldRows(node, path)]
  return `| field | type | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

function* fieldRows(node: Node, path: string): Iterable<string> {
  if (node.type === 'list') yield* fieldRows(node.items, `${path}[]`)
  if (node.type === 'map') yield* fieldRows(node.values, `${path}{}`)
  if (node.type !== 'object') return
  for (const [name, property] of Object.entries(node.properties)) {
    const field = `${path}.${name}`
    const needed = node.required.includes(name) && property.default === undefined
    const usual = needed ? 'required' : defaultOf(property)
    yield `| \`${field}\` | ${cell(describeType(property))} | ${cell(usual)} | ${cell(property.doc ?? '')} |`
    yield* fieldRows(property, field)
  }
}

function defaultOf({ default: stored, assumed }: Node): string {
  if (stored !== undefined) return `\`${JSON.stringify(stored)}\``
  if (typeof assumed === 'function') return '*see there*'
  return assumed === undefined ? '' : `*\`${JSON.stringify(assumed)}\`*`
}

function rulesOf(kind: AnyKind): string {
  const rules = [...(kind.rules ?? []).map((rule) => lineOf(rule, '')), ...ruleLines(kind.spec.node, 'spec')]
  const lines = [...new Set(rules)]
  return lines.length === 0 ? '' : `## Rules\n\n${lines.join('\n')}\n`
}

function* ruleLines(node: Node, path: string): Iterable<string> {
  for (const rule of node.rules ?? []) yield lineOf(rule, path)
  if (node.type === 'list') yield* ruleLines(node.items, `${path}[]`)
  if (node.type === 'map') yield* ruleLines(node.values, `${path}{}`)
  if (node.type !== 'object') return
  for (const [name, property] of Object.entries(node.properties)) yield* ruleLines(property, `${path}.${name}`)
}

function lineOf({ at, message }: Rule, path: string): string {
  const field = [path, at].filter((part) => part !== undefined && part !== '').join('.')
  return `- \`${field}\`: ${message}`
}

/** Text that cannot end the cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** The page that leads to those of all kinds. */
export function referenceIndex(kinds: readonly AnyKind[]): string {
  const rows = kinds.map(({ kind, doc }) => `| [${kind}](${kind}.md) | ${cell(doc)} |`)
  const intro = `Everything of \`projectcalico.org/v3\`: fields, defaults, rules, and an example of each kind.`
  return `${generatedNote}\n# Reference\n\n${intro}\n\n| kind | |\n| --- | --- |\n${rows.join('\n')}\n`
}
