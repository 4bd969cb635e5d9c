import type { Bgp, BgpCounters, RouteCounts } from '@manx/bgp'
import { Gauge, type Registry } from 'prom-client'

export type BgpSource = Pick<Bgp, 'counters'>

const families = [4, 6] as const

/** BGP's state under the names that Calico's dashboards use; gobgpd is asked once for each scrape. */
export function addBgpMetrics(registry: Registry, bgp: BgpSource): void {
  const registers = [registry]
  const labelNames = ['ip_version', 'status']
  let asked: Promise<BgpCounters> | undefined
  const counters = () => {
    asked ??= bgp.counters().finally(() => {
      asked = undefined
    })
    return asked
  }
  new Gauge({
    name: 'bgp_peers',
    help: 'BGP sessions by the state of the protocol.',
    labelNames,
    registers,
    async collect() {
      const { sessions } = await counters()
      this.reset()
      for (const { family, info } of sessions) this.inc({ ip_version: `IPv${family}`, status: info })
    },
  })
  const routes = (name: string, help: string, count: (routes: RouteCounts) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['ip_version'],
      registers,
      async collect() {
        const { sessions, routes: counted } = await counters()
        this.reset()
        for (const family of families) {
          if (sessions.some((one) => one.family === family))
            this.set({ ip_version: `IPv${family}` }, count(counted[family]))
        }
      },
    })
  routes('bgp_routes_imported', 'Routes that were accepted from peers.', ({ imported }) => imported)
  routes(
    'bgp_routes_exported',
    'Routes that were told to peers, counted once in a minute, and when a session has come up.',
    ({ exported }) => exported,
  )
  new Gauge({
    name: 'manx_bgp_kernel_routes',
    help: 'Routes learned from peers that are in the kernel.',
    registers,
    async collect() {
      this.set((await counters()).installed)
    },
  })
}
