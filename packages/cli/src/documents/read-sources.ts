import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { readDocuments, type SourceText } from '@manx/api'
import { CliError } from '../cli-error.ts'
import type { Terminal } from '../terminal.ts'
import type { ReadInput } from './check-sources.ts'

export interface ReadSourcesOptions {
  /** Go into folders below a folder. */
  readonly recursive: boolean
}

/** The documents of files, as `readSources` finds them. */
export async function readInput(
  sources: readonly string[],
  options: ReadSourcesOptions,
  terminal: Terminal,
): Promise<ReadInput> {
  const texts = await readSources(sources, options, terminal)
  return { sources: texts, read: readDocuments(texts) }
}

/** The texts of files, of the files of folders, or of standard input (`-`). */
export async function readSources(
  sources: readonly string[],
  { recursive }: ReadSourcesOptions,
  terminal: Terminal,
): Promise<SourceText[]> {
  const texts: SourceText[] = []
  for (const source of sources) {
    if (source === '-') {
      texts.push({ file: 'standard input', text: await terminal.readInput() })
      continue
    }
    for (const file of await filesOf(source, recursive)) texts.push({ file, text: await readText(file) })
  }
  return texts
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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
