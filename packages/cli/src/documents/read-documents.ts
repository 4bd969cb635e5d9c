import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { CliError } from '../cli-error.ts'
import type { Terminal } from '../terminal.ts'

/** One thing found in the input, not yet looked at. */
export interface Document {
  /** For messages: `pools.yaml, document 2`. */
  readonly place: string
  readonly value: unknown
}

export interface ReadOptions {
  /** Go into folders below a folder. */
  readonly recursive: boolean
  /** A file without documents is no error. */
  readonly skipEmpty: boolean
}

/** Reads YAML or JSON from files, folders or standard input (`-`); lists are taken apart. */
export async function readDocuments(
  sources: readonly string[],
  options: ReadOptions,
  terminal: Terminal,
): Promise<Document[]> {
  const documents: Document[] = []
  for (const source of sources) {
    if (source === '-') {
      documents.push(...parse('standard input', await terminal.readInput(), options))
      continue
    }
    for (const file of await filesOf(source, options.recursive)) {
      documents.push(...parse(file, await readText(file), options))
    }
  }
  return documents
}

async function filesOf(source: string, recursive: boolean): Promise<string[]> {
  const found = await stat(source).catch((error: unknown) => {
    throw new CliError('Input', `cannot read ${source}: ${reasonOf(error)}`)
  })
  if (!found.isDirectory()) return [source]
  const entries = await readdir(source, { withFileTypes: true, recursive })
  const files = entries
    .filter((entry) => entry.isFile() && ['.yaml', '.yml', '.json'].includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1))
  if (files.length === 0) throw new CliError('Input', `there is no .yaml, .yml or .json file in ${source}`)
  return files
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError('Input', `cannot read ${file}: ${reasonOf(error)}`, error)
  }
}

function parse(source: string, content: string, { skipEmpty }: ReadOptions): Document[] {
  const documents: Document[] = []
  for (const [index, document] of parseAllDocuments(content).entries()) {
    const place = `${source}, document ${index + 1}`
    const [fault] = document.errors
    if (fault !== undefined) throw new CliError('Input', `${place} is not YAML: ${fault.message}`)
    const value: unknown = document.toJS()
    if (value === null || value === undefined) continue
    const items = itemsOf(value)
    if (items === undefined) documents.push({ place, value })
    else for (const [item, one] of items.entries()) documents.push({ place: `${place}, item ${item + 1}`, value: one })
  }
  if (documents.length === 0 && !skipEmpty) throw new CliError('Input', `there are no resources in ${source}`)
  return documents
}

/** The items of a `List`, of an `IPPoolList`, or of a plain list. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('items' in value)) return undefined
  const { kind, items } = value
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : undefined
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
