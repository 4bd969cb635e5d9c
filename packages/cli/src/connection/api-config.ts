import { readFile } from 'node:fs/promises'
import { isObject, linesOf, messageOf } from '@manx/api'
import { parseDocument } from 'yaml'
import { CliError } from '../cli-error.ts'

/** Which cluster somebody means, as calicoctl is told in a CalicoAPIConfig or by the environment. */
export interface ApiConfig {
  readonly kubeconfig?: string
  readonly context?: string
  /** The account of the pod that this runs in. */
  readonly inCluster?: boolean
  /** Set, but without a meaning here. */
  readonly ignored: readonly string[]
}

/** Values by the name of the field, and how a message calls them. */
export interface ApiConfigSource {
  readonly values: Readonly<Record<string, unknown>>
  readonly nameOf: (field: string) => string
}

/** Where calicoctl looks when it is told nothing. */
export const usualApiConfig = '/etc/calico/calicoctl.cfg'

/** They say which cluster it is or as whom to go there: to pass one over would be to go elsewhere. */
const instead = [
  ...['k8sAPIEndpoint', 'k8sCertFile', 'k8sKeyFile', 'k8sCAFile', 'k8sAPIToken', 'k8sInsecureSkipTLSVerify'],
  'kubeconfigInline',
]

const harmless = [
  ...['k8sClientQPS', 'k8sDisableNodePoll', 'usePodCIDR', 'etcdEndpoints', 'etcdDiscoverySrv', 'etcdUsername'],
  ...['etcdPassword', 'etcdKeyFile', 'etcdCertFile', 'etcdCACertFile', 'etcdKey', 'etcdCert', 'etcdCACert'],
]

const known = ['datastoreType', 'kubeconfig', 'k8sCurrentContext', 'calicoAPIGroup', ...instead, ...harmless]

/** Reads a file of the kind CalicoAPIConfig; fails with all that is wrong with it. */
export async function readApiConfig(file: string): Promise<ApiConfig> {
  const object = parse(await textOf(file), file)
  const problems: string[] = []
  const only = (field: string, allowed: string) => {
    if (object[field] !== allowed) problems.push(`${field} must be ${allowed}, not ${shown(object[field])}`)
  }
  only('apiVersion', 'projectcalico.org/v3')
  only('kind', 'CalicoAPIConfig')
  const spec = object.spec ?? {}
  if (!isObject(spec)) problems.push('spec must be an object')
  if (problems.length > 0 || !isObject(spec)) throw wrong(file, problems)
  const strange = Object.keys(spec).filter((field) => !known.includes(field))
  const source = { values: spec, nameOf: (field: string) => `spec.${field}` }
  try {
    const config = understandApiConfig(source)
    if (strange.length === 0) return config
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    problems.push(...error.message.split('\n'))
  }
  throw wrong(file, [...problems, ...strange.map((field) => `spec.${field} is no field of a CalicoAPIConfig`)])
}

/** What the values say; fails with all that Manx cannot follow. Values of fields that may be secret are not told. */
export function understandApiConfig({ values, nameOf }: ApiConfigSource): ApiConfig {
  const problems: string[] = []
  const isSet = (field: string) => ![undefined, null, '', false].includes(values[field] as never)
  const textIn = (field: string): string | undefined => {
    if (!isSet(field)) return undefined
    const value = values[field]
    if (typeof value === 'string') return value
    problems.push(`${nameOf(field)} must be a text, not ${shown(value)}`)
    return undefined
  }
  const datastore = textIn('datastoreType')
  const elsewhere = 'Manx stores everything there'
  if (datastore !== undefined && datastore !== 'kubernetes') {
    problems.push(`${nameOf('datastoreType')} must be kubernetes, not ${shown(datastore)}: ${elsewhere}`)
  } else if (datastore === undefined && isSet('etcdEndpoints')) {
    const meaning = `${nameOf('etcdEndpoints')} without it means etcdv3`
    problems.push(`${nameOf('datastoreType')} must be kubernetes, and ${meaning}: ${elsewhere}`)
  }
  const group = textIn('calicoAPIGroup')
  if (group !== undefined && group !== 'projectcalico.org/v3') {
    problems.push(`${nameOf('calicoAPIGroup')} must be projectcalico.org/v3, not ${shown(group)}`)
  }
  for (const field of instead.filter(isSet)) {
    problems.push(`${nameOf(field)} cannot be followed: write it into a kubeconfig, and name that`)
  }
  const [kubeconfig, context] = [textIn('kubeconfig'), textIn('k8sCurrentContext')]
  if (problems.length > 0) throw new CliError('Usage', problems.join('\n'))
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ignored: harmless.filter(isSet).map(nameOf),
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError('Usage', `cannot read ${file}: ${messageOf(error)}`, error)
  }
}

function parse(text: string, file: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  const [fault] = document.errors
  if (fault !== undefined) {
    // The parser's words may have in them what is there, and there may be a token.
    const { line, column } = linesOf(text).placeAt(fault.pos[0])
    throw new CliError('Usage', `${file}:${line}:${column}: is not YAML that can be read`)
  }
  const value: unknown = document.toJS()
  if (isObject(value)) return value
  throw new CliError('Usage', `${file}: must be an object of the kind CalicoAPIConfig`)
}

function wrong(file: string, problems: readonly string[]): CliError {
  return new CliError('Usage', problems.map((problem) => `${file}: ${problem}`).join('\n'))
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
