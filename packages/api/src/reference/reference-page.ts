import { type AnyKind, apiVersionOf } from '../kind.ts'
import { idleFieldEffect, idleKindEffect } from '../kinds/idle.ts'
import { idleFields, idleKinds } from '../kinds/not-in-force.ts'
import type { Node, Rule } from '../schema/schema.ts'
import { describeType } from './describe-type.ts'

export const generatedNote = '<!-- Generated from packages/api by `npm run generate`; edits are lost. -->\n'

/** What users should know of a kind, as Markdown. `example` is the YAML of one object of it. */
export function referencePage(kind: AnyKind, example: string): string {
  const sections = [
    `${generatedNote}\n# ${kind.kind}\n\n${kind.doc}\n`,
    noteOf(kind),
    factsOf(kind),
    `## Example\n\n\`\`\`yaml\n${example.trim()}\n\`\`\`\n`,
    `## Fields\n\nA default in *italics* is not stored: the field stays absent, and means that.\n`,
    tableOf(kind.spec.node, 'spec', (path) => idleFieldEffect(kind, path)),
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

function noteOf(kind: AnyKind): string {
  const effect = idleKindEffect(kind)
  if (effect === undefined) return ''
  const others = Object.keys(idleKinds[`${kind.group}/${kind.kind}`]?.except ?? {})
  const but = others.length === 0 ? '' : ` (but for ${others.join(', ')})`
  return `**Not in force yet**${but}: objects are checked and stored, and ${effect}.\n`
}

type EffectOf = (path: string) => string | undefined

function tableOf(node: Node, path: string, effectOf: EffectOf = () => undefined): string {
  const rows = [...fieldRows(node, path, effectOf)]
  return `| field | type | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

function* fieldRows(node: Node, path: string, effectOf: EffectOf): Iterable<string> {
  if (node.type === 'list') yield* fieldRows(node.items, `${path}[]`, effectOf)
  if (node.type === 'map') yield* fieldRows(node.values, `${path}{}`, effectOf)
  if (node.type !== 'object') return
  for (const [name, property] of Object.entries(node.properties)) {
    const field = `${path}.${name}`
    const needed = node.required.includes(name) && property.default === undefined
    const usual = needed ? 'required' : defaultOf(property)
    const effect = effectOf(field)
    const doc = [property.doc ?? '', ...(effect === undefined ? [] : [`**Not in force yet:** ${effect}.`])].join(' ')
    yield `| \`${field}\` | ${cell(describeType(property))} | ${cell(usual)} | ${cell(doc)} |`
    yield* fieldRows(property, field, effectOf)
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

/** The page that leads to those of all kinds, and says what of them is not in force yet. */
export function referenceIndex(kinds: readonly AnyKind[]): string {
  const rows = kinds.map((kind) => {
    const note = idleKindEffect(kind) === undefined ? '' : ' *Not in force yet.*'
    return `| [${kind.kind}](${kind.kind}.md) | ${cell(kind.doc)}${note} |`
  })
  const intro = `Everything of \`projectcalico.org/v3\`: fields, defaults, rules, and an example of each kind.`
  const table = `| kind | |\n| --- | --- |\n${rows.join('\n')}\n`
  return [`${generatedNote}\n# Reference\n\n${intro}\n`, table, idleSection()].join('\n')
}

function idleSection(): string {
  const kinds = Object.entries(idleKinds).map(([key, { effect }]) => {
    const [group, kind] = splitKey(key)
    return `| ${kind} of \`${group}\` | ${cell(effect)} |`
  })
  const fields = Object.entries(idleFields).flatMap(([key, ofKind]) =>
    Object.entries(ofKind).map(([field, { effect, only }]) => {
      const values = only === undefined ? '' : `: ${only.join(', ')}`
      return `| ${splitKey(key)[1]} \`spec.${field}\`${values} | ${cell(effect)} |`
    }),
  )
  if (kinds.length + fields.length === 0) return '## Not in force yet\n\nNothing.\n'
  const intro =
    'Checked and stored as all else, but nothing acts by it. `manxctl validate` warns of it (`NoEffect`), and `manxctl convert` has a `lost` line for it.'
  return `## Not in force yet\n\n${intro}\n\n| what | |\n| --- | --- |\n${[...kinds, ...fields].join('\n')}\n`
}

function splitKey(key: string): readonly [group: string, kind: string] {
  const slash = key.lastIndexOf('/')
  return [key.slice(0, slash), key.slice(slash + 1)]
}
