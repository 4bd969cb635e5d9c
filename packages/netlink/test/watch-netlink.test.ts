import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, eventually, type Namespace, skipReason } from '@manx/testbed'
import { type NetlinkEvent, openRouteSocket, type Route, type RouteSocket, watchNetlink } from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip

suite(`events of the kernel${reason === undefined ? '' : `: ${reason}`}`, () => {
  let host: Namespace
  let routes: RouteSocket

  beforeEach(async () => {
    host = await createNamespace('nlw')
    routes = openRouteSocket({ namespace: host.path })
  })

  afterEach(async () => {
    routes.close()
    await host.remove()
  })

  const many = (index: number, count: number): Route[] =>
    Array.from({ length: count }, (_, i) => ({
      family: 4,
      destination: `10.1.${i >> 8}.${i & 255}/32`,
      nextHops: [{ interface: index }],
    }))

  test('links, addresses, routes and neighbours are reported in the order of the changes', async () => {
    const events: NetlinkEvent[] = []
    using _watch = watchNetlink(
      { namespace: host.path, links: true, addresses: true, routes: true, neighbours: true, families: [4] },
      (burst) => {
        events.push(...burst)
      },
    )
    await host.output('ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'])
    await host.output('ip', ['link', 'set', 'v0', 'up'])
    await host.output('ip', ['address', 'add', '192.0.2.1/24', 'dev', 'v0'])
    await host.output('ip', ['route', 'add', '10.0.0.0/26', 'dev', 'v0', 'metric', '5'])
    await host.output('ip', ['route', 'replace', '10.0.0.0/26', 'via', '192.0.2.2', 'metric', '5'])
    await host.output('ip', ['neighbour', 'add', '192.0.2.3', 'lladdr', '02:00:00:00:00:03', 'dev', 'v0'])
    await host.output('ip', ['route', 'delete', '10.0.0.0/26'])
    const link = await routes.link('v0')
    const position = (wanted: object) => events.findIndex((event) => matches(event, wanted))
    await eventually(() => {
      const positions = [
        { type: 'link', change: 'set', link: { name: 'v0', up: true } },
        { type: 'address', change: 'set', address: { address: '192.0.2.1/24', index: link?.index } },
        { type: 'route', change: 'set', replaced: false, route: { destination: '10.0.0.0/26', metric: 5 } },
        { type: 'route', change: 'set', replaced: true, route: { nextHops: [{ gateway: '192.0.2.2' }] } },
        {
          type: 'neighbour',
          change: 'set',
          neighbour: { address: '192.0.2.3', mac: '02:00:00:00:00:03', state: 'permanent' },
        },
        { type: 'route', change: 'removed', route: { destination: '10.0.0.0/26' } },
      ].map(position)
      expect(positions).not.toContain(-1)
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
    })
  })

  test('a burst of changes is seen as a whole', async () => {
    let seen = 0
    using _watch = watchNetlink({ namespace: host.path, routes: true }, (events) => {
      seen += events.filter(({ type }) => type === 'route').length
    })
    expect(await routes.applyRoutes({ replace: many(1, 3000) })).toEqual([])
    await eventually(() => expect(seen).toBe(3000))
  })

  test('lost events are reported as an overrun, and later events still come', async () => {
    const events: NetlinkEvent[] = []
    using _watch = watchNetlink({ namespace: host.path, routes: true, receiveBuffer: 4096 }, (burst) => {
      events.push(...burst)
    })
    await routes.applyRoutes({ replace: many(1, 500) })
    await eventually(() => expect(events).toContainEqual({ type: 'overrun' }))
    expect(events.length).toBeLessThan(500)
    await routes.deleteRoute({ family: 4, destination: '10.1.0.0/32', nextHops: [] })
    await eventually(() => expect(events.at(-1)).toMatchObject({ type: 'route', change: 'removed' }))
  })

  test('nothing comes after close, also when the listener itself closes', async () => {
    let bursts = 0
    const watch = watchNetlink({ namespace: host.path, routes: true }, () => {
      bursts++
      watch.close()
    })
    await routes.applyRoutes({ replace: many(1, 2) })
    await eventually(() => expect(bursts).toBe(1))
    await routes.applyRoutes({ delete: many(1, 2) })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(bursts).toBe(1)
  })

  test('an IPv4 route that goes with its link has no event: the link stands for it', async () => {
    const events: NetlinkEvent[] = []
    await host.output('ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'])
    await host.output('ip', ['link', 'set', 'v0', 'up'])
    await host.output('ip', ['route', 'add', '10.0.0.0/26', 'dev', 'v0'])
    using _watch = watchNetlink({ namespace: host.path, links: true, routes: true, families: [4] }, (burst) => {
      events.push(...burst)
    })
    await host.output('ip', ['link', 'set', 'v0', 'down'])
    await eventually(() =>
      expect(events.some((event) => matches(event, { type: 'link', link: { name: 'v0', up: false } }))).toBe(true),
    )
    expect(await routes.routes({ family: 4, table: 254 })).toEqual([])
    expect(events.filter(({ type }) => type === 'route')).toEqual([])
  })
})

function matches(value: unknown, wanted: unknown): boolean {
  try {
    expect(value).toMatchObject(wanted as object)
    return true
  } catch {
    return false
  }
}
