import { openRouteSocket, type Route } from '@manx/netlink'
import { createNamespace, output } from '@manx/testbed'
import { type Benchmark, measurePair } from '../measure.ts'

const routeCount = 1000

/** Kernel route programming: what the BGP module does with a burst of learned routes, beside `ip -batch`. */
export const routes: Benchmark = {
  name: 'routes',
  summary: `${routeCount} routes added and removed in one batch over netlink, beside ip -batch`,
  needsComponents: false,
  async run({ progress, rounds, size }) {
    await using namespace = await createNamespace('bench')
    await namespace.output('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far'])
    await namespace.output('ip', ['address', 'add', '192.0.2.1/24', 'dev', 'eth0'])
    for (const end of ['eth0', 'far']) await namespace.output('ip', ['link', 'set', end, 'up'])
    using socket = openRouteSocket({ namespace: namespace.path })
    const device = await socket.link('eth0')
    if (device === undefined) throw new Error('the bench interface is gone')
    const wanted = Array.from(
      { length: routeCount },
      (_, i): Route => ({
        family: 4,
        destination: `10.${i >> 8}.${i & 255}.0/26`,
        protocol: 80,
        nextHops: [{ gateway: '192.0.2.2', interface: device.index }],
      }),
    )
    const batch = (verb: string) =>
      wanted.map((r) => `route ${verb} ${r.destination} via 192.0.2.2 proto 80\n`).join('')
    const ip = (input: string) => output('ip', ['-batch', '-'], { namespace: namespace.name, input })
    const [add, remove] = [batch('replace'), batch('del')]
    progress('adding and removing')
    return await measurePair('routes', `add and remove ${routeCount}`, {
      rounds: rounds ?? { full: 20, quick: 5, tiny: 1 }[size],
      ours: async () => {
        const failures = [
          ...(await socket.applyRoutes({ replace: wanted })),
          ...(await socket.applyRoutes({ delete: wanted })),
        ]
        if (failures.length > 0) throw new Error(`${failures.length} routes failed`)
      },
      baseline: async () => {
        await ip(add)
        await ip(remove)
      },
    })
  },
}
