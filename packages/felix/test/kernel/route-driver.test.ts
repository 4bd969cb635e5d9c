import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { type NetlinkWatch, openRouteSocket, type RouteSocket, watchNetlink } from '@manx/netlink'
import { createNamespace, eventually, type Namespace, skipReason } from '@manx/testbed'
import { type EndpointRoute, type Item, itemKey } from '../../src/calc/items.ts'
import { LinkTable } from '../../src/dataplane/interfaces/link-table.ts'
import { RouteDriver } from '../../src/dataplane/routes/route-driver.ts'
import { batch } from './node.ts'

const reason = skipReason({ root: true, commands: ['ip'] })
const suite = reason === undefined ? describe : describe.skip

const toPod: EndpointRoute = {
  family: 4,
  destination: '10.0.0.1/32',
  interface: 'cali1',
  protocol: 3,
  metric: 1024,
}
const item: Item = { kind: 'route', route: toPod }
const key = itemKey(item)

suite(`routes to pods${reason === undefined ? '' : ` (${reason})`}`, () => {
  let namespace: Namespace
  let socket: RouteSocket
  let watch: NetlinkWatch
  let links: LinkTable
  let driver: RouteDriver
  let foreignChanges: number
  /** Happens when the kernel has answered, and the driver has not heard of it yet. */
  let afterAnswer: () => Promise<void>

  beforeEach(async () => {
    namespace = await createNamespace('froute')
    socket = openRouteSocket({ namespace: namespace.path })
    links = new LinkTable((name) => name.startsWith('cali'))
    foreignChanges = 0
    afterAnswer = () => Promise.resolve()
    const slow: RouteSocket = new Proxy(socket, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          const answer: unknown = await Reflect.apply(method, target, args)
          await afterAnswer()
          return answer
        }
      },
    })
    driver = new RouteDriver({
      socket: slow,
      links,
      logger: silentLogger,
      ownership: () => ({ removeExternal: true, protocol: 3, families: [4, 6] }),
      onForeignChange: () => {
        foreignChanges++
      },
    })
    watch = watchNetlink({ namespace: namespace.path, links: true, routes: true }, (events) => {
      for (const event of events) {
        if (event.type === 'link') for (const name of links.follow(event)) driver.touch(name)
        if (event.type === 'route') driver.handleEvent(event)
      }
    })
    await batch(namespace, [
      'link add cali1 type veth peer name p1',
      'link set p1 up',
      'link set cali1 up',
      'link add eth0 type veth peer name p0',
      'link set p0 up',
      'address add 192.0.2.1/24 dev eth0',
      'link set eth0 up',
    ])
    await eventually(() => expect(links.get('cali1')?.up).toBe(true))
  })
  afterEach(async () => {
    watch.close()
    socket.close()
    await namespace.remove()
  })

  const routes = async () => (await namespace.output('ip', ['route', 'show', 'metric', '1024'])).trim()
  const want = () => driver.accept({ key, kind: 'route', item })
  const apply = () => driver.apply({ sweep: true })
  const set = async (state: 'up' | 'down') => {
    await namespace.output('ip', ['link', 'set', 'cali1', state])
    await eventually(() => expect(links.get('cali1')?.up).toBe(state === 'up'))
  }
  const present = '10.0.0.1 dev cali1 scope link'

  /** Has this happen once, as soon as the kernel has answered the next time. */
  const once = (happen: () => Promise<void>) => {
    afterAnswer = () => {
      afterAnswer = () => Promise.resolve()
      return happen()
    }
  }

  test('a link that goes down while routes are read is not forgotten', async () => {
    want()
    await apply()
    expect(await routes()).toBe(present)
    driver.invalidate()
    once(() => set('down'))
    await apply()
    expect(driver.settled(key)).toBe(false)
    await set('up')
    await apply()
    expect([driver.settled(key), await routes()]).toEqual([true, present])
  })

  test.each([[['down']], [['down', 'up']]] as const)(
    'a link that goes %j while routes are written is not forgotten',
    async (states) => {
      await apply()
      want()
      once(async () => {
        for (const state of states) await set(state)
      })
      await apply()
      expect([driver.settled(key), await routes()]).toEqual([false, ''])
      await set('up')
      await apply()
      expect([driver.settled(key), await routes()]).toEqual([true, present])
    },
  )

  const replacements: readonly (readonly [string, string])[] = [
    ['through another interface', 'route replace 10.0.0.1/32 via 192.0.2.2 metric 1024'],
    ['that leads nowhere', 'route replace blackhole 10.0.0.1/32 metric 1024'],
  ]
  test.each(replacements)('a route in the place of ours %s is seen and replaced', async (_, command) => {
    want()
    await apply()
    await batch(namespace, [command])
    await eventually(() => expect(foreignChanges).toBe(1))
    expect(driver.settled(key)).toBe(false)
    await apply()
    expect([driver.settled(key), await routes()]).toEqual([true, present])
  })

  test('a route of another protocol in the place of ours stays when ours is to go', async () => {
    want()
    await apply()
    watch.close()
    await batch(namespace, ['route replace 10.0.0.1/32 via 192.0.2.2 metric 1024 proto static'])
    driver.accept({ key, kind: 'route' })
    await apply()
    expect(await routes()).toBe('10.0.0.1 via 192.0.2.2 dev eth0 proto static')
    expect(driver.settled(key)).toBe(true)
  })

  test('routes of others to where no pod is are nothing to look at', async () => {
    want()
    await apply()
    const seen = new Set<string>()
    using _watch = watchNetlink({ namespace: namespace.path, routes: true, families: [4] }, (events) => {
      for (const event of events) if (event.type === 'route') seen.add(event.route.destination)
    })
    await batch(namespace, ['route add 10.0.9.0/24 via 192.0.2.2', 'route add 10.0.0.1/32 via 192.0.2.2 metric 7'])
    await eventually(() => expect(seen).toEqual(new Set(['10.0.9.0/24', '10.0.0.1/32'])))
    await batch(namespace, ['route add 10.0.9.0/24 dev cali1 metric 5'])
    await eventually(() => expect(foreignChanges).toBe(1))
  })
})
