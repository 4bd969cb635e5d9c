import type { IpamController, LeakController, LeakCount } from '@manx/ipam'
import { Counter, Gauge, type Registry } from 'prom-client'

export interface MetricsSources {
  readonly registry: Registry
  readonly ipam: Pick<IpamController, 'statistics'>
  readonly leaks: Pick<LeakController, 'candidates' | 'reclaimed'>
  readonly controllers: readonly { readonly name: string; readonly backlog: number }[]
  readonly lease: string
  readonly isLeader: () => boolean
}

/**
 * Calico's names where the meaning is Calico's, those of controller-runtime and client-go for what every controller has.
 * Values are read when scraped. What is true of the cluster is told by the leader alone, so that sums are right.
 */
export function addMetrics(sources: MetricsSources): void {
  const { registry, ipam, leaks, controllers, lease, isLeader } = sources
  const registers = [registry]
  const perNode = (name: string, help: string, value: 'blocks' | 'inUse' | 'borrowed') =>
    new Gauge({
      name,
      help,
      labelNames: ['ippool', 'node'],
      registers,
      collect() {
        this.reset()
        if (!isLeader()) return
        for (const { pool, nodes } of ipam.statistics()) {
          for (const [node, counts] of nodes) this.set({ ippool: pool, node }, counts[value])
        }
      },
    })
  perNode('ipam_blocks', 'Blocks that the node owns.', 'blocks')
  perNode('ipam_allocations_in_use', "Addresses of the node's workloads.", 'inUse')
  perNode('ipam_allocations_borrowed', 'Addresses that the node has in blocks of other nodes.', 'borrowed')
  new Gauge({
    name: 'ipam_ippool_size',
    help: 'Addresses that the pool has.',
    labelNames: ['ippool'],
    registers,
    collect() {
      this.reset()
      if (!isLeader()) return
      for (const { pool, size } of ipam.statistics()) if (pool !== '') this.set({ ippool: pool }, Number(size))
    },
  })
  const labels = ({ pool, node }: LeakCount) => ({ ippool: pool, node })
  new Gauge({
    name: 'ipam_allocations_gc_candidates',
    help: 'Addresses that no pod seems to use, and that are given back when that stays so.',
    labelNames: ['ippool', 'node'],
    registers,
    collect() {
      this.reset()
      if (isLeader()) for (const one of leaks.candidates()) this.set(labels(one), one.count)
    },
  })
  new Counter({
    name: 'ipam_allocations_gc_reclamations',
    help: 'Addresses that no pod used and that were given back.',
    labelNames: ['ippool', 'node'],
    registers,
    collect() {
      this.reset()
      for (const one of leaks.reclaimed()) this.inc(labels(one), one.count)
    },
  })
  new Gauge({
    name: 'leader_election_master_status',
    help: '1 in the process that holds the Lease.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: lease }, isLeader() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'workqueue_depth',
    help: 'Objects waiting for the controller.',
    labelNames: ['name'],
    registers,
    collect() {
      for (const { name, backlog } of controllers) this.set({ name }, backlog)
    },
  })
}
