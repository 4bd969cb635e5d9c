import type { Bgp, BgpStatus } from '@manx/bgp'
import { Gauge, type Registry } from 'prom-client'

export type BgpSource = Pick<Bgp, 'status'>

/** BGP's state under the names that Calico's dashboards use; gobgpd is asked once for each scrape. */
export function addBgpMetrics(registry: Registry, bgp: BgpSource): void {
  const registers = [registry]
  const labelNames = ['ip_version', 'status']
  let asked: Promise<BgpStatus> | undefined
  const status = () => {
    asked ??= bgp.status().finally(() => {
      asked = undefined
    })
    return asked
  }
  const version = ({ family }: BgpStatus['peers'][number]) => `IPv${family}`
  new Gauge({
    name: 'bgp_peers',
    help: 'BGP sessions by the state of the protocol.',
    labelNames,
    registers,
    async collect() {
      const { peers } = await status()
      this.reset()
      for (const peer of peers) this.inc({ ip_version: version(peer), status: peer.info })
    },
  })
  const routes = (name: string, help: string, count: (peer: BgpStatus['peers'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['ip_version'],
      registers,
      async collect() {
        const { peers } = await status()
        this.reset()
        for (const peer of peers) this.inc({ ip_version: version(peer) }, count(peer))
      },
    })
  routes('bgp_routes_imported', 'Routes that were accepted from peers.', ({ prefixes }) => prefixes.accepted)
  routes('bgp_routes_exported', 'Routes that were told to peers.', ({ prefixes }) => prefixes.advertised)
  new Gauge({
    name: 'manx_bgp_kernel_routes',
    help: 'Routes learned from peers that are in the kernel.',
    registers,
    async collect() {
      this.set((await status()).routes.installed)
    },
  })
}
