import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../cli-error.ts'
import { type ApiConfig, readApiConfig, understandApiConfig, usualApiConfig } from './api-config.ts'

export interface ConnectionFlags {
  readonly config?: string
  readonly kubeconfig?: string
  readonly context?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Which cluster is meant, in calicoctl's order: the file that --config names, else the usual one when it is there; without a file
 * the environment, where names with CALICO_ come first. Flags of the command line come before all of it. No kubeconfig in the
 * result: the client finds the usual one.
 */
export async function chooseCluster(
  flags: ConnectionFlags,
  environment: Environment,
  usual: string = usualApiConfig,
): Promise<ApiConfig> {
  const file = flags.config ?? (flags.kubeconfig === undefined && (await exists(usual)) ? usual : undefined)
  const config = file === undefined ? fromEnvironment(flags, environment) : await fromFile(file, flags, environment)
  const { kubeconfig = config.kubeconfig, context = config.context } = flags
  return {
    ...(config.inCluster === true ? { inCluster: true } : {}),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined || context === '' ? {} : { context }),
    ignored: config.ignored,
  }
}

async function fromFile(file: string, flags: ConnectionFlags, environment: Environment): Promise<ApiConfig> {
  const config = await readApiConfig(file)
  const { ignored } = config
  const about = { ...config, ignored: ignored.map((field) => `${file}: ${field}`) }
  if (config.kubeconfig !== undefined || flags.kubeconfig !== undefined) return about
  // Who names a file is not asked for KUBECONFIG any more, which may be that of another cluster.
  const own = environment.HOME ? join(environment.HOME, '.kube', 'config') : undefined
  if (own !== undefined && (await exists(own))) return { ...about, kubeconfig: own }
  if (environment.KUBERNETES_SERVICE_HOST) return { ...about, inCluster: true }
  throw new CliError('Input', `${file} names no kubeconfig, and there is no ~/.kube/config`)
}

/** What only says how to reach a cluster does not count beside a kubeconfig on the command line. */
function fromEnvironment(flags: ConnectionFlags, environment: Environment): ApiConfig {
  const named = Object.entries(variables).filter(([field]) => {
    return flags.kubeconfig === undefined || field === 'datastoreType' || field === 'k8sCurrentContext'
  })
  const places = new Map<string, string>()
  const values: Record<string, string> = {}
  for (const [field, name] of named) {
    const found = [`CALICO_${name}`, name].find((one) => (environment[one] ?? '') !== '')
    places.set(field, found ?? name)
    if (found !== undefined) values[field] = environment[found] ?? ''
  }
  const { kubeconfig, ...rest } = understandApiConfig({ values, nameOf: (field) => places.get(field) ?? field })
  // KUBECONFIG the client reads itself, and knows that it may be a list of files.
  const own = kubeconfig === undefined || places.get('kubeconfig') === 'KUBECONFIG' ? {} : { kubeconfig }
  return { ...rest, ...own, ignored: [] }
}

const variables: Readonly<Record<string, string>> = {
  datastoreType: 'DATASTORE_TYPE',
  kubeconfig: 'KUBECONFIG',
  k8sCurrentContext: 'K8S_CURRENT_CONTEXT',
  k8sAPIEndpoint: 'K8S_API_ENDPOINT',
  k8sCertFile: 'K8S_CERT_FILE',
  k8sKeyFile: 'K8S_KEY_FILE',
  k8sCAFile: 'K8S_CA_FILE',
  etcdEndpoints: 'ETCD_ENDPOINTS',
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
