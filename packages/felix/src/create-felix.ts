import type { Labels, Logger, Policy, PolicyTier, WorkloadEndpoint } from '@manx/api'
import { defaultSysctlRoot, readSysctl } from '@manx/netlink'
import { Calculator } from './calc/calculator.ts'
import { type Issue, issueText } from './calc/issue.ts'
import type { Settings } from './calc/parameters.ts'
import type { PodState } from './calc/pod-state.ts'
import type { PolicyStatistics, PolicyView } from './calc/policy-view.ts'
import type { PoolObject } from './calc/pool-items.ts'
import type { ConfigurationObject } from './calc/resolve-settings.ts'
import { Dataplane, type DataplaneStatistics } from './dataplane/dataplane.ts'
import { encodeRule } from './dataplane/nft/encode-rule.ts'
import { Endpoints } from './endpoints.ts'

export interface FelixOptions {
  readonly node: string
  readonly logger: Logger
  /** Path of the network namespace to work in; absent: the process's own. */
  readonly namespace?: string
  /** FELIX_* variables are read from it; default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Default /proc/sys/net. */
  readonly sysctlRoot?: string
}

export interface InSyncOptions {
  /** Default true. False: the datastore was not reached, what is known comes from disk; then nothing is removed that was found. */
  readonly sweep?: boolean
}

export interface ComponentHealth {
  readonly name: string
  readonly ready: boolean
  /** Why it is not; empty when it is. */
  readonly reason: string
}

export interface AddEndpointOptions {
  /** What was read of the pod just now: it counts until `setPod` has been told about the same pod (by uid). */
  readonly pod?: PodState & { readonly uid: string }
  readonly signal?: AbortSignal
}

export interface FelixStatistics extends DataplaneStatistics {
  readonly endpoints: number
  readonly policy: PolicyStatistics
}

/** Endpoints, their policy and their routes on one node. */
export interface Felix {
  /** Opens its sockets and begins to follow the kernel; writes nothing before `inSync`. Ends when the signal is aborted. */
  start(signal: AbortSignal): Promise<void>
  /** Resolves when everything has ended after the abort. What is in the kernel stays there. */
  readonly stopped: Promise<void>
  /**
   * Says that all inputs were handed in: from now on the kernel is brought to them. To be called again without `sweep: false`
   * once the datastore was reached.
   */
  inSync(options?: InSyncOptions): void
  /** Hands in endpoints that were there before the agent started, without waiting for them. */
  restoreEndpoints(endpoints: Iterable<WorkloadEndpoint>): void
  /**
   * Resolves when policy, source check, settings and routes of the endpoint are in the kernel: the pod may send its first packet.
   * Its interface must be there and up by then. An endpoint of the same interface is replaced. While its pod is not known,
   * by `pod` or `setPod`, or its namespace by `setNamespace`, all its packets are dropped and this waits. Rejects with FelixError; after `Aborted` the endpoint
   * is still wanted until it is removed.
   */
  addEndpoint(endpoint: WorkloadEndpoint, options?: AddEndpointOptions): Promise<void>
  /**
   * Resolves when nothing of the endpoint is in the kernel, conntrack entries of its addresses included. With `containerId`: only if the interface still belongs to that
   * container, and not to a newer one of the same pod name. No error for one that is not there.
   */
  removeEndpoint(interfaceName: string, options?: { readonly containerId?: string }): Promise<void>
  /**
   * True when everything of the endpoint is in the kernel as far as is known, and nothing of it is pending: of policies and
   * other pods what the last round took. False for one that is not there, and before `inSync`.
   */
  isProgrammed(interfaceName: string): boolean
  /** Without `pool`: it is gone. */
  setPool(name: string, pool: PoolObject | undefined): void
  /** A FelixConfiguration; those that do not concern this node are passed over. Without object: it is gone. */
  setConfiguration(name: string, configuration: ConfigurationObject | undefined): void
  /** Addresses of all nodes, this one too, without length. */
  setHostAddresses(addresses: readonly string[]): void
  /** A pod of the cluster, wherever it runs, by `namespace/name`. Without value (gone, ended, on the host's network): it is no endpoint. */
  setPod(key: string, pod: PodState | undefined): void
  /** Pods of a namespace that is not known are as if they were not known themselves. */
  setNamespace(name: string, labels: Labels | undefined): void
  /** By `namespace/name`. */
  setServiceAccount(key: string, labels: Labels | undefined): void
  /** By `policyKey`. */
  setPolicy(key: string, policy: Policy | undefined): void
  /** The tier `default` is there without being set. Policies of a tier that is not there have no effect, and are named in `issues`. */
  setTier(name: string, tier: PolicyTier | undefined): void
  /** What policies are judged by, as of the last round. */
  readonly policies: PolicyView
  readonly settings: Settings
  /** MTU for new pods, from the node's interfaces. */
  detectMtu(): Promise<number>
  /** What was refused or is in conflict in the inputs. */
  issues(): readonly Issue[]
  /** True when all components are. */
  ready(): boolean
  health(): readonly ComponentHealth[]
  statistics(): FelixStatistics
}

/** Makes the part of the agent that owns nftables, pod routes and pod interfaces of a node. */
export function createFelix(options: FelixOptions): Felix {
  const { logger, namespace, node, sysctlRoot = defaultSysctlRoot } = options
  const inside = namespace === undefined ? {} : { namespace }
  const environment = { ...(options.environment ?? process.env) }
  if (readSysctl(sysctlRoot, 'ipv6/conf/all/forwarding', inside) === undefined) {
    logger.warn('this kernel runs without IPv6: pods get IPv4 only')
    environment.FELIX_IPV6SUPPORT = 'false'
  }
  const calculator = new Calculator({ node, environment, checkRule: encodeRule })
  const rpFilter = Number(readSysctl(sysctlRoot, 'ipv4/conf/default/rp_filter', inside) ?? 0)
  calculator.update({ kind: 'host', value: { addresses: [], rpFilter } })
  const dataplane = new Dataplane({ calculator, logger, sysctlRoot, ...inside })
  const endpoints = new Endpoints({ calculator, dataplane, logger })
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  let started = false
  let reported = new Set<string>()
  const reportIssues = () => {
    const texts = calculator.issues().map(issueText)
    for (const text of texts) if (!reported.has(text)) logger.warn(text)
    reported = new Set(texts)
  }
  dataplane.onRound = reportIssues

  const health = (): readonly ComponentHealth[] => {
    if (started) return dataplane.health()
    return dataplane.health().map(({ name }) => ({ name, ready: false, reason: 'not started' }))
  }
  return {
    stopped,
    start: async (signal) => {
      signal.throwIfAborted()
      await dataplane.start()
      started = true
      const end = () => {
        started = false
        endpoints.abort()
        dataplane.stop().then(stop, stop)
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    },
    inSync: ({ sweep = true } = {}) => dataplane.enable({ sweep }),
    restoreEndpoints: (list) => endpoints.restore(list),
    addEndpoint: (endpoint, { pod, signal } = {}) => endpoints.add(endpoint, pod, signal),
    removeEndpoint: (interfaceName, { containerId } = {}) => endpoints.remove(interfaceName, containerId),
    isProgrammed: (interfaceName) => endpoints.isProgrammed(interfaceName),
    setPool: (name, value) => {
      calculator.update({ kind: 'pool', name, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    setConfiguration: (name, value) => {
      calculator.update({ kind: 'configuration', name, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    setHostAddresses: (addresses) => {
      calculator.update({ kind: 'host', value: { addresses, rpFilter } })
      dataplane.request()
    },
    setPod: (key, value) => {
      calculator.update({ kind: 'pod', name: key, ...(value === undefined ? {} : { value }) })
      endpoints.podSet(key, value)
      dataplane.request()
    },
    setNamespace: (name, value) => {
      calculator.update({ kind: 'namespace', name, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    setServiceAccount: (key, value) => {
      calculator.update({ kind: 'serviceAccount', name: key, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    setPolicy: (key, value) => {
      calculator.update({ kind: 'policy', name: key, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    setTier: (name, value) => {
      calculator.update({ kind: 'tier', name, ...(value === undefined ? {} : { value }) })
      dataplane.request()
    },
    get policies() {
      return calculator.policies
    },
    get settings() {
      return calculator.settings
    },
    detectMtu: () => dataplane.detectMtu(),
    issues: () => calculator.issues(),
    ready: () => health().every((component) => component.ready),
    health,
    statistics: () => ({
      ...dataplane.statistics(),
      endpoints: endpoints.size,
      policy: calculator.policies.statistics(),
    }),
  }
}
