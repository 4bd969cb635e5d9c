/** A chain, set or map in a listing. */
interface Block {
  readonly kind: string
  readonly name: string
  /** As listed, braces included. */
  readonly text: string
}

/**
 * What somebody would hand to `nft -f` to come from one listing of a table to another: new objects whole, changed chains filled
 * anew, elements one by one, and what is gone at the end. Counters are no difference.
 */
export function nftDifference(before: string, after: string): string {
  const [old, wanted] = [parse(before), parse(after)]
  const table = /^table (\S+ \S+) \{/m.exec(after)?.[1] ?? ''
  const added = [...wanted.values()].filter((block) => !old.has(keyOf(block)))
  const gone = [...old.values()].filter((block) => !wanted.has(keyOf(block)))
  const changed = [...wanted.values()].filter((block) => {
    const text = old.get(keyOf(block))?.text
    return text !== undefined && text !== block.text
  })
  const chains = changed.filter(({ kind }) => kind === 'chain')
  const lines = [
    ...whole(table, added),
    ...chains.map(({ name }) => `flush chain ${table} ${name}`),
    ...whole(table, chains),
    ...changed
      .filter(({ kind }) => kind !== 'chain')
      .flatMap((block) => elementLines(table, old.get(keyOf(block)), block)),
    // Emptied first: what is deleted must not be named by another that is.
    ...gone.filter(({ kind }) => kind === 'chain').map(({ name }) => `flush chain ${table} ${name}`),
    ...['chain', 'map', 'set'].flatMap((kind) =>
      gone.filter((block) => block.kind === kind).map((block) => `delete ${kind} ${table} ${block.name}`),
    ),
  ]
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

const keyOf = ({ kind, name }: Block) => `${kind} ${name}`

/** Sets first: chains name them. */
function whole(table: string, blocks: readonly Block[]): readonly string[] {
  if (blocks.length === 0) return []
  const ordered = ['set', 'map', 'chain'].flatMap((kind) => blocks.filter((block) => block.kind === kind))
  return [`table ${table} {`, ...ordered.map(({ text }) => text), '}']
}

function parse(listing: string): ReadonlyMap<string, Block> {
  const blocks = new Map<string, Block>()
  const plain = listing.replace(/counter packets \d+ bytes \d+/g, 'counter')
  for (const [text, kind = '', name = ''] of plain.matchAll(/^\t(chain|set|map) (\S+) \{\n[\s\S]*?^\t\}$/gm)) {
    const block = { kind, name, text }
    blocks.set(keyOf(block), block)
  }
  return blocks
}

function elementLines(table: string, before: Block | undefined, after: Block): readonly string[] {
  const [old, wanted] = [elementsOf(before), elementsOf(after)]
  const missing = (from: readonly string[], among: readonly string[]) => {
    const known = new Set(among)
    return from.filter((element) => !known.has(element))
  }
  const line = (verb: string, elements: readonly string[]) =>
    elements.length === 0 ? [] : [`${verb} element ${table} ${after.name} { ${elements.join(', ')} }`]
  return [...line('delete', missing(old, wanted)), ...line('add', missing(wanted, old))]
}

function elementsOf(block: Block | undefined): readonly string[] {
  const [, text = ''] = /elements = \{([\s\S]*?)\}/.exec(block?.text ?? '') ?? []
  return text
    .split(',')
    .map((element) => element.trim().replace(/\s+/g, ' '))
    .filter((element) => element !== '')
}
