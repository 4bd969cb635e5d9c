import {
  type ConversionFinding,
  type ConvertedObject,
  convertDocuments,
  describeConversionFinding,
  formatExactJson,
  readConversionInput,
} from '@manx/api'
import { type Command, Option } from 'commander'
import { CliError } from '../cli-error.ts'
import { readSources } from '../documents/read-sources.ts'
import { formatYaml } from '../output/format-yaml.ts'
import type { Terminal } from '../terminal.ts'
import { type InputFlags, withInput } from './input-flags.ts'

interface ConvertFlags extends InputFlags {
  readonly output: 'yaml' | 'json'
}

export function addConvert(program: Command, terminal: Terminal): void {
  const command = program
    .command('convert')
    .summary('turn over what Calico has stored or exported')
    .description(
      'Turns objects that Calico has stored (crd.projectcalico.org/v1), exported (calicoctl datastore migrate export) or shown (calicoctl get -o yaml) into resources for Manx. These are printed; what could not be kept is said on standard error. Asks no cluster. Ends with 3 when something is lost.',
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
    .addHelpText(
      'after',
      '\nExamples:\n  manxctl convert -f export.txt > manx.yaml\n  kubectl get ippools.crd.projectcalico.org -o yaml | manxctl convert -f - | kubectl apply -f -',
    )
    .action((flags: ConvertFlags) => convert(flags, terminal))
  withInput(command)
}

async function convert(flags: ConvertFlags, terminal: Terminal): Promise<void> {
  if (flags.filename === undefined) throw new CliError('Usage', 'say what to convert: -f FILE')
  const sources = await readSources(flags.filename, { recursive: flags.recursive === true }, terminal)
  const read = sources.map(({ file, text }) => readConversionInput(text, file))
  const inputs = read.flatMap((one) => one.inputs)
  const { namespace } = flags
  const { objects, findings: converted } = convertDocuments(inputs, namespace === undefined ? {} : { namespace })
  const findings = [...read.flatMap((one) => one.findings), ...converted]
  if (inputs.length === 0 && findings.length === 0 && flags.skipEmpty !== true) {
    throw new CliError('Input', `there are no resources in ${sources.map(({ file }) => file).join(', ')}`)
  }
  if (objects.length > 0) terminal.print(flags.output === 'json' ? jsonOf(objects) : yamlOf(objects))
  for (const finding of findings) terminal.warn(`${words[finding.effect]}: ${describeConversionFinding(finding)}`)
  const lost = findings.filter(({ effect }) => effect === 'lost').length
  if (findings.length > 0) terminal.warn(summary(objects.length, lost, findings.length - lost))
  if (lost > 0) throw new CliError('Findings', `${lost} lost`)
}

const words: Readonly<Record<ConversionFinding['effect'], string>> = { lost: 'lost', changed: 'note' }

function summary(objects: number, lost: number, notes: number): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  const losses = lost === 0 ? 'nothing was lost' : `${lost} lost`
  return `${count(objects, 'resource')}, ${losses}, ${count(notes, 'note')}`
}

/** One document per resource, as `kubectl apply -f -` reads them; `manxctl apply -f -` refuses sequence numbers. */
function yamlOf(objects: readonly ConvertedObject[]): string {
  return objects.map(formatYaml).join('\n---\n')
}

function jsonOf(objects: readonly ConvertedObject[]): string {
  const [only] = objects
  return formatExactJson(objects.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: objects })
}
