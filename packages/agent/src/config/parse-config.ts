import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Family, parseAddress, parseAsNumber, parsePrefix, parseSelector } from '@manx/api'
import { allowedMethods, type DetectionMethod, parseDetectionMethod } from './detection-method.ts'
import { type ConfigIssue, type Environment, Variables } from './variables.ts'

/** Where a node's address of one family comes from. */
export type AddressSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly address: string; readonly length: number | undefined }
  | { readonly kind: 'detect'; readonly method: DetectionMethod; readonly required: boolean }

/** A pool to create when the cluster has none of its family. */
export interface DefaultPool {
  /** Absent for IPv4: what kubeadm was told, else 192.168.0.0/16. */
  readonly cidr: string | undefined
  readonly blockSize: number | undefined
  readonly natOutgoing: boolean
  readonly nodeSelector: string
  readonly disableBgpExport: boolean
}

/** All that the agent is told by its environment. */
export interface AgentConfig {
  readonly node: string
  readonly addresses: Readonly<Record<Family, AddressSource>>
  readonly checkDuplicateAddress: boolean
  /** Milliseconds between detections; 0: only at start. */
  readonly detectionInterval: number
  readonly asNumber: number | undefined
  readonly routerId: string | undefined
  readonly importAll: boolean
  readonly clusterType: readonly string[]
  /** Absent: the cluster makes its own pools. */
  readonly defaultPools: Readonly<Record<Family, DefaultPool>> | undefined
  readonly mtu: number | undefined
  /** The namespace of the agent's own pod, where session passwords are. */
  readonly namespace: string
  /** The agent's own pod; absent when it runs outside of one. */
  readonly podName: string | undefined
  /** What the agent's pod is of, in its namespace: when it is deleted, so is Manx. Absent: nothing is ever removed. */
  readonly daemonSet: string | undefined
  readonly kubeconfig: string | undefined
  readonly gobgpSocket: string
  readonly cniSocket: string
  readonly runFolder: string
  readonly journalFolder: string
  readonly statusSocket: string
  readonly stateFolder: string
  readonly conflistPath: string
  /** Where the host's CNI executables are seen; absent: they are not. */
  readonly cniFolder: string | undefined
  /** Over FelixConfiguration's endpointStatusPathPrefix. */
  readonly endpointStatusPrefix: string | undefined
  readonly sysctlRoot: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly health: { readonly enabled: boolean; readonly host: string; readonly port: number }
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number }
  /** Milliseconds to wait for the API server before the last known good state is used. */
  readonly datastoreWait: number
}

/** The environment asks for something that cannot be; the message names every variable, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(({ variable, value, allowed }) => `${variable}=${value}: must be ${allowed}`).join('; '))
    this.issues = issues
  }
}

/** Reads the whole environment at once; throws ConfigError with all that is wrong. */
export function parseConfig(environment: Environment): AgentConfig {
  const variables = new Variables(environment)
  const run = folder(variables, 'MANX_RUN_DIR') ?? '/run/manx'
  const config: AgentConfig = {
    node: nodeName(variables),
    addresses: { 4: addressSource(variables, 4), 6: addressSource(variables, 6) },
    checkDuplicateAddress: variables.flag('DISABLE_NODE_IP_CHECK') !== true,
    detectionInterval: seconds(variables, 'AUTODETECT_POLL_INTERVAL') ?? 60_000,
    asNumber: variables.read('AS', 'an AS number from 1 to 4294967295', (text) => parseAsNumber(text) || undefined),
    routerId: variables.read('CALICO_ROUTER_ID', 'an IPv4 address or hash', (text) =>
      text === 'hash' || parseAddress(text)?.family === 4 ? text : undefined,
    ),
    importAll: variables.flag('MANX_BGP_IMPORT_ALL') ?? false,
    clusterType: (variables.text('CLUSTER_TYPE') ?? 'k8s,bgp').split(',').map((word) => word.trim()),
    defaultPools:
      variables.flag('NO_DEFAULT_POOLS') === true ? undefined : { 4: pool(variables, 4), 6: pool(variables, 6) },
    mtu: variables.integer('MANX_MTU', 1280, 65_535),
    namespace: variables.text('POD_NAMESPACE') ?? 'manx-system',
    podName: variables.text('POD_NAME'),
    daemonSet: variables.text('MANX_DAEMONSET'),
    kubeconfig: variables.text('KUBECONFIG'),
    gobgpSocket: folder(variables, 'MANX_GOBGP_SOCKET') ?? '/run/gobgp/gobgpd.sock',
    cniSocket: folder(variables, 'MANX_CNI_SOCKET') ?? join(run, 'cni', 'cni.sock'),
    runFolder: run,
    journalFolder: join(run, 'attachments'),
    statusSocket: join(run, 'status.sock'),
    stateFolder: folder(variables, 'MANX_STATE_DIR') ?? '/var/lib/manx',
    conflistPath: join(
      folder(variables, 'MANX_CNI_CONF_DIR') ?? '/etc/cni/net.d',
      variables.read('CNI_CONF_NAME', 'a file name that ends with .conflist', (text) =>
        /^[A-Za-z0-9._-]+\.conflist$/.test(text) ? text : undefined,
      ) ?? '10-manx.conflist',
    ),
    cniFolder: folder(variables, 'MANX_CNI_BIN_DIR'),
    endpointStatusPrefix: folder(variables, 'FELIX_ENDPOINTSTATUSPATHPREFIX'),
    sysctlRoot: folder(variables, 'MANX_SYSCTL_ROOT') ?? '/proc/sys/net',
    logLevel: logLevel(variables),
    health: listener(variables, 'HEALTH', { enabled: true, host: '127.0.0.1', port: 9099 }),
    metrics: listener(variables, 'PROMETHEUSMETRICS', { enabled: false, host: '', port: 9091 }),
    datastoreWait: seconds(variables, 'MANX_DATASTORE_WAIT') ?? 10_000,
  }
  if (variables.issues.length > 0) throw new ConfigError(variables.issues)
  return config
}

function nodeName(variables: Variables): string {
  const allowed = 'the name of the Kubernetes node'
  const name = (text: string) => (/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text) ? text : undefined)
  const variable = variables.text('NODENAME') === undefined ? 'HOSTNAME' : 'NODENAME'
  return variables.read(variable, allowed, name) ?? hostname().toLowerCase()
}

function addressSource(variables: Variables, family: Family): AddressSource {
  const variable = family === 4 ? 'IP' : 'IP6'
  const method = variables.read(`${variable}_AUTODETECTION_METHOD`, allowedMethods, parseDetectionMethod)
  const asked = variables.text(variable)
  const detect = method ?? { kind: 'internal-ip-or-first-found' as const }
  // Without a word, a node may well have one family only.
  if (asked === undefined) return { kind: 'detect', method: detect, required: method !== undefined }
  const source = variables.read(
    variable,
    `autodetect, none or an IPv${family} address`,
    (text): AddressSource | undefined => {
      if (text === 'autodetect') return { kind: 'detect', method: detect, required: true }
      if (text === 'none') return { kind: 'none' }
      const [address = ''] = text.split('/')
      if (parseAddress(address)?.family !== family) return undefined
      const length = text.includes('/') ? parsePrefix(text)?.length : undefined
      if (text.includes('/') && length === undefined) return undefined
      return { kind: 'fixed', address, length }
    },
  )
  return source ?? { kind: 'none' }
}

function pool(variables: Variables, family: Family): DefaultPool {
  const name = (suffix: string) => `CALICO_IPV${family}POOL_${suffix}`
  for (const tunnel of ['IPIP', 'VXLAN']) {
    variables.read(name(tunnel), 'Never: Manx routes pod packets as they are', (text) =>
      /^(never|off)$/i.test(text) ? text : undefined,
    )
  }
  const cidr = variables.cidr(name('CIDR'), family)
  const blockSize =
    family === 4 ? variables.integer(name('BLOCK_SIZE'), 20, 32) : variables.integer(name('BLOCK_SIZE'), 116, 128)
  const length = cidr === undefined ? undefined : parsePrefix(cidr)?.length
  const size = blockSize ?? (family === 4 ? 26 : 122)
  if (cidr !== undefined && length !== undefined && length > size) {
    const allowed = `at least as large as one block: a length of at most ${size}`
    variables.issues.push({ variable: name('CIDR'), value: cidr, allowed })
  }
  return {
    cidr,
    blockSize,
    natOutgoing: variables.flag(name('NAT_OUTGOING')) ?? family === 4,
    nodeSelector: variables.read(name('NODE_SELECTOR'), 'a selector', selector) ?? 'all()',
    disableBgpExport: variables.flag(name('DISABLE_BGP_EXPORT')) ?? false,
  }
}

function selector(text: string): string | undefined {
  try {
    parseSelector(text)
    return text
  } catch {
    return undefined
  }
}

function folder(variables: Variables, variable: string): string | undefined {
  return variables.read(variable, 'an absolute path', (text) => (text.startsWith('/') ? text : undefined))
}

/** A number of seconds, with `s` or without. */
function seconds(variables: Variables, variable: string): number | undefined {
  return variables.read(variable, 'a number of seconds such as 60 or 60s', (text) => {
    const [, number] = /^(\d{1,6}(?:\.\d{1,3})?)s?$/.exec(text) ?? []
    return number === undefined ? undefined : Number(number) * 1000
  })
}

function logLevel(variables: Variables): AgentConfig['logLevel'] {
  const variable = variables.text('MANX_LOG_LEVEL') === undefined ? 'FELIX_LOGSEVERITYSCREEN' : 'MANX_LOG_LEVEL'
  const level = variables.read(variable, 'Debug, Info, Warning, Error or Fatal', (text) => {
    const levels = {
      trace: 'debug',
      debug: 'debug',
      info: 'info',
      warn: 'warn',
      warning: 'warn',
      error: 'error',
    } as const
    const known: Readonly<Record<string, AgentConfig['logLevel'] | undefined>> = { ...levels, fatal: 'error' }
    return known[text.toLowerCase()]
  })
  return level ?? 'info'
}

function listener(variables: Variables, name: string, byDefault: AgentConfig['health']): AgentConfig['health'] {
  return {
    enabled: variables.flag(`FELIX_${name}ENABLED`) ?? byDefault.enabled,
    host: variables.text(`FELIX_${name}HOST`) ?? byDefault.host,
    port: variables.integer(`FELIX_${name}PORT`, 0, 65_535) ?? byDefault.port,
  }
}
