import type { IpamController } from '@manx/ipam'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export interface MetricsSources {
  readonly ipam: Pick<IpamController, 'statistics' | 'backlog'>
  readonly isLeader: () => boolean
}

/** Calico's names where the meaning is Calico's; `manx_controllers_*` for what it has not. Values are read when scraped. */
export function createMetrics({ ipam, isLeader }: MetricsSources): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const perNode = (name: string, help: string, value: 'blocks' | 'inUse' | 'borrowed') =>
    new Gauge({
      name,
      help,
      labelNames: ['ippool', 'node'],
      registers: [registry],
      collect() {
        this.reset()
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
    registers: [registry],
    collect() {
      this.reset()
      for (const { pool, size } of ipam.statistics()) if (pool !== '') this.set({ ippool: pool }, Number(size))
    },
  })
  new Gauge({
    name: 'manx_controllers_leader',
    help: '1 in the process that holds the Lease.',
    registers: [registry],
    collect() {
      this.set(isLeader() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'manx_ipam_controller_backlog',
    help: 'Nodes waiting for the IPAM controller.',
    registers: [registry],
    collect() {
      this.set(ipam.backlog)
    },
  })
  return registry
}
