import type { Felix, FelixStatistics } from '@manx/felix'
import { Counter, Gauge, type Registry } from 'prom-client'
import { histogramText } from './histogram-text.ts'

export type FelixSource = Pick<Felix, 'statistics'>

export interface FelixMetricSources {
  readonly node: string
  readonly felix: FelixSource
  readonly nodes: () => number
  readonly synced: () => boolean
}

/** What the present counts are called: Felix's names where it counts the same, else our own. */
const gauges: readonly (readonly [string, string, (statistics: FelixStatistics) => number])[] = [
  ['felix_active_local_endpoints', 'Number of active endpoints on this host.', ({ endpoints }) => endpoints],
  ['felix_active_local_policies', 'Number of active policies on this host.', ({ policy }) => policy.activePolicies],
  ['felix_active_local_selectors', 'Number of active selectors on this host.', ({ policy }) => policy.selectors],
  ['felix_cluster_num_policies', 'Number of policies in the cluster.', ({ policy }) => policy.policies],
  ['felix_cluster_num_tiers', 'Number of tiers in the cluster.', ({ policy }) => policy.tiers],
  [
    'felix_cluster_num_profiles',
    'Number of profiles (namespaces and service accounts) in the cluster.',
    ({ policy }) => policy.namespaces + policy.serviceAccounts,
  ],
  ['felix_cluster_num_workload_endpoints', 'Number of pods with a network of their own.', ({ policy }) => policy.pods],
  ['felix_ipsets_calico', 'Number of sets of policies in the kernel.', ({ policy }) => policy.sets],
  ['felix_nft_chains', 'Number of chains of policies in the kernel.', ({ policy }) => policy.chains],
  [
    'manx_felix_flows_cut',
    'Live connections that policy forbids and that are being ended.',
    ({ flows }) => flows.marked,
  ],
  ['manx_felix_set_members', 'Members of all sets of policies.', ({ policy }) => policy.members],
]

/** Counts since the start. */
const counters: readonly (readonly [string, string, (statistics: FelixStatistics) => number])[] = [
  ['felix_int_dataplane_failures', 'Number of times dataplane updates failed.', ({ nftables }) => nftables.failures],
  ['felix_nft_errors', 'Number of nftables transactions that failed.', ({ nftables }) => nftables.failures],
  ['manx_felix_rounds_total', 'Rounds of the apply loop.', ({ rounds }) => rounds],
  ['manx_felix_nft_transactions_total', 'Transactions on table manx.', ({ nftables }) => nftables.transactions],
  ['manx_felix_nft_rebuilds_total', 'Times that table manx was made anew.', ({ nftables }) => nftables.rebuilds],
  ['manx_felix_flows_judged_total', 'Live connections that were judged after a change.', ({ flows }) => flows.judged],
  [
    'manx_felix_flows_cut_total',
    'Live connections that were ended because policy forbids them.',
    ({ flows }) => flows.cut,
  ],
  [
    'manx_felix_nft_drift_total',
    'Parts of table manx that were found to be other than written, and put right.',
    ({ nftables }) => nftables.drift,
  ],
  ['manx_felix_nft_reads_total', 'Times that table manx was read.', ({ nftables }) => nftables.reads],
  ['manx_felix_routes_written_total', 'Routes to pods that were written.', ({ routes }) => routes.written],
  ['manx_felix_routes_removed_total', 'Routes to pods that were removed.', ({ routes }) => routes.removed],
  [
    'manx_felix_foreign_changes_total',
    'Changes of others to what is ours.',
    ({ nftables, routes }) => nftables.foreignChanges + routes.foreignChanges,
  ],
]

/** Felix resync states, as it numbers them. */
const resyncState = { waiting: 1, inSync: 3 } as const

export function addFelixMetrics(registry: Registry, { node, felix, nodes, synced }: FelixMetricSources): void {
  const registers = [registry]
  let counted: FelixStatistics | undefined
  /** Counted once for all that one scrape reads. */
  const statistics = () => {
    if (counted === undefined) {
      counted = felix.statistics()
      setImmediate(() => {
        counted = undefined
      })
    }
    return counted
  }
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(statistics()))
      },
    })
  }
  for (const [name, help, read] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read(statistics()))
      },
    })
  }
  new Gauge({
    name: 'felix_cluster_num_hosts',
    help: 'Number of nodes in the cluster.',
    registers,
    collect() {
      this.set(nodes())
    },
  })
  new Gauge({
    name: 'felix_resync_state',
    help: 'Current datastore state: 1 waits for it, 3 is in sync.',
    registers,
    collect() {
      this.set(synced() ? resyncState.inSync : resyncState.waiting)
    },
  })
  new Gauge({ name: 'felix_host', help: 'Configured node name.', labelNames: ['host'], registers }).set(
    { host: node },
    1,
  )
}

/** What felix has counted by duration. */
export function felixHistograms(felix: FelixSource): string {
  const { nftables, flows, eventToKernelSeconds } = felix.statistics()
  return [
    histogramText(
      'manx_felix_event_to_kernel_seconds',
      'From the first change of a burst to the end of the transaction that brought it to the kernel.',
      eventToKernelSeconds,
    ),
    histogramText(
      'manx_felix_nft_transaction_seconds',
      'Encoding and committing one nftables transaction.',
      nftables.applySeconds,
    ),
    histogramText(
      'manx_felix_flow_cut_seconds',
      'Finding, judging and marking the live connections of one change.',
      flows.seconds,
    ),
  ].join('')
}
