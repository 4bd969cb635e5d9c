import { type ClusterView, type Finding, messageOf, type ReadDocuments, validateDocuments } from '@manx/api'
import { type Command, Option } from 'commander'
import { CliError } from '../cli-error.ts'
import { withClient, withConnection } from '../connect.ts'
import { requireResources } from '../documents/check-sources.ts'
import { readCluster } from '../documents/read-cluster.ts'
import { readInput } from '../documents/read-sources.ts'
import { formatFindings, summarize } from '../output/format-findings.ts'
import { formatYaml } from '../output/format-yaml.ts'
import type { Terminal } from '../terminal.ts'
import { type InputFlags, withInput } from './input-flags.ts'

interface ValidateFlags extends InputFlags {
  readonly output: 'text' | 'json' | 'yaml'
  readonly offline?: boolean
  readonly strict?: boolean
}

export function addValidate(program: Command, terminal: Terminal): void {
  const command = program
    .command('validate')
    .summary('say all that is wrong with files')
    .description(
      'Says all that is wrong with the documents of files, each by itself and all together; with a cluster, also with what is there. Nothing is written. Ends with 3 when there are errors.',
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'yaml']).default('text'))
    .option('--offline', 'ask no cluster')
    .option('--strict', 'take warnings for errors')
    .addHelpText(
      'after',
      '\nExamples:\n  manxctl validate -f policies/ -R\n  kustomize build . | manxctl validate --offline --strict -f - -o json',
    )
    .action((flags: ValidateFlags) => validate(flags, terminal))
  withConnection(withInput(command))
}

async function validate(flags: ValidateFlags, terminal: Terminal): Promise<void> {
  if (flags.filename === undefined) throw new CliError('Usage', 'say what to validate: -f FILE')
  const { sources, read } = await readInput(flags.filename, { recursive: flags.recursive === true }, terminal)
  const namespace = flags.namespace ?? 'default'
  const cluster = flags.offline === true ? undefined : await clusterFor(read, flags, terminal)
  const { findings: all, documents } = validateDocuments(read, {
    namespace,
    ...(cluster === undefined ? {} : { cluster }),
  })
  if (all.length === 0 && flags.skipEmpty !== true) requireResources(sources, documents)
  const findings = flags.strict === true ? all.map((one): Finding => ({ ...one, severity: 'error' })) : all
  const summary = summarize(findings, documents.length)
  const report = { documents: documents.length, cluster: cluster !== undefined, findings }
  if (flags.output === 'json') terminal.print(JSON.stringify(report, undefined, 2))
  else if (flags.output === 'yaml') terminal.print(formatYaml(report))
  else terminal.print([...(findings.length === 0 ? [] : [formatFindings(findings, sources)]), summary].join('\n'))
  if (findings.some(({ severity }) => severity === 'error')) throw new CliError('Findings', summary)
}

/** What the cluster has; undefined when there is none to ask. */
async function clusterFor(
  { documents }: ReadDocuments,
  flags: ValidateFlags,
  terminal: Terminal,
): Promise<ClusterView | undefined> {
  const kinds = new Set(
    documents.flatMap(({ recognized }) => {
      if (recognized.type === 'checked') return recognized.kind.kind
      return recognized.type === 'context' ? recognized.kind : []
    }),
  )
  const warn = (text: string) => terminal.warn(text)
  try {
    return await withClient(terminal, flags, async (client) => {
      // To find out that nobody answers must not take as long as a request may.
      await client.read('/version', { timeout: 5000 })
      return readCluster(client, { kinds, endpoints: true, warn })
    })
  } catch (error) {
    const chosen = [flags.config, flags.kubeconfig, flags.context].some((flag) => flag !== undefined)
    if (chosen || error instanceof CliError) throw error
    terminal.warn(`No cluster was asked: ${messageOf(error)}`)
    return undefined
  }
}
