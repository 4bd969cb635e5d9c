import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'

export interface ConnectionOptions {
  /** Path of a kubeconfig file. Default: $KUBECONFIG, ~/.kube/config, or the service account of the pod. */
  readonly kubeconfig?: string
  /** The service account of the pod, and no kubeconfig of the environment. */
  readonly inCluster?: boolean
  /** A context of the kubeconfig; default its current one. */
  readonly context?: string
}

export interface TlsOptions {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

/** What the next request is sent with. Secret. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions
}

/** Where the API server is and who we are to it; all of it from Kubernetes' own client library. */
export interface Connection {
  readonly server: string
  readonly proxyUrl: string | undefined
  /** Fresh enough credentials: files are read again and plugins asked again after a few seconds at most. */
  credentials(): Promise<Credentials>
  /** Throws away what is known, after the server refused it. */
  forget(): Promise<void>
}

/** How long credentials are used without asking the library, which reads files for each request. */
const freshFor = 10_000

/** Reads the configuration. Fails with a plain message when there is none. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  let config = await load(options)
  const cluster = clusterOf(config, options)
  let known: { readonly credentials: Promise<Credentials>; readonly until: number } | undefined
  return {
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl,
    credentials: () => {
      const now = performance.now()
      if (known === undefined || known.until < now) {
        known = { credentials: ask(config), until: now + freshFor }
        // A failed question must be asked again.
        known.credentials.catch(() => {
          known = undefined
        })
      }
      return known.credentials
    },
    forget: async () => {
      known = undefined
      // The library keeps tokens of files for a minute; a new configuration has read nothing yet.
      config = await load(options)
    },
  }
}

async function load(options: ConnectionOptions): Promise<KubeConfig> {
  // Loaded late: the library takes longer to load than most commands take to run.
  const { KubeConfig } = await import('./kube-config.ts')
  const config = new KubeConfig()
  if (options.inCluster === true) config.loadFromCluster()
  else if (options.kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(options.kubeconfig)
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      const names = config.getContexts().map(({ name }) => name)
      throw new ApiError('Invalid', `The kubeconfig has no context ${options.context}, only ${names.join(', ')}`)
    }
    config.setCurrentContext(options.context)
  }
  return config
}

function clusterOf(config: KubeConfig, options: ConnectionOptions): Cluster {
  const cluster = config.getCurrentCluster()
  // What the library makes up when it finds nothing.
  const madeUp = options.kubeconfig === undefined && cluster?.server === 'http://localhost:8080'
  if (cluster !== null && !madeUp) return cluster
  const hint = 'set KUBECONFIG, write ~/.kube/config, or run in a pod with a service account'
  throw new ApiError('Invalid', `There is no Kubernetes cluster in the configuration: ${hint}`)
}

async function ask(config: KubeConfig): Promise<Credentials> {
  const answer: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {}
  try {
    await config.applyToHTTPSOptions(answer)
  } catch (error) {
    // A plugin's own words may hold a credential, so only its name is passed on.
    const user = config.getCurrentUser()?.name ?? 'the user'
    throw new ApiError('Unauthorized', `Cannot get credentials for ${user} of the kubeconfig${errnoOf(error)}`)
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers[name.toLowerCase()] = String(value)
  if (typeof answer.auth === 'string') headers.authorization ??= `Basic ${Buffer.from(answer.auth).toString('base64')}`
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = answer as TlsOptions
  const tls = { ca, cert, key, passphrase, servername, rejectUnauthorized }
  return {
    headers,
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)) as TlsOptions,
  }
}

function errnoOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : ''
}
