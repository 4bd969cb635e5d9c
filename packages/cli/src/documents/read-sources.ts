import type { Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { messageOf, readDocuments, type SourceText } from '@manx/api'
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
  const found = await statOf(source)
  if (!found.isDirectory()) return [source]
  const entries = await readdir(source, { withFileTypes: true, recursive })
  const files: string[] = []
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name)
    if (!['.yaml', '.yml', '.json'].includes(extname(entry.name)) || isBehindMount(relative(source, file))) continue
    // A link is taken for what it leads to; one that leads nowhere is said.
    const isFile = entry.isSymbolicLink() ? (await statOf(file)).isFile() : entry.isFile()
    if (isFile) files.push(file)
  }
  files.sort((a, b) => (a < b ? -1 : 1))
  if (files.length === 0) throw new CliError('Input', `there is no .yaml, .yml or .json file in ${source}`)
  return files
}

/** Kubernetes keeps the files of a mounted ConfigMap in a folder such as `..2026_01_01`, and links to them from above. */
const isBehindMount = (path: string): boolean => path.split(sep).some((part) => part.startsWith('..'))

function statOf(path: string): Promise<Stats> {
  return stat(path).catch((error: unknown) => {
    throw new CliError('Input', `cannot read ${path}: ${messageOf(error)}`, error)
  })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError('Input', `cannot read ${file}: ${messageOf(error)}`, error)
  }
}
