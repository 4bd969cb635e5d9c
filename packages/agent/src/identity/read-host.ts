import { lookup } from 'node:dns/promises'
import { type Family, parseAddress } from '@manx/api'
import { openRouteSocket } from '@manx/netlink'
import type { HostInterface } from './detect-address.ts'

/** The node's interfaces with the addresses that others can reach them by. */
export async function readInterfaces(): Promise<readonly HostInterface[]> {
  using socket = openRouteSocket()
  const [links, addresses] = [await socket.links(), await socket.addresses()]
  return [...links]
    .sort((a, b) => a.index - b.index)
    .map(({ index, name, up }) => ({
      name,
      up,
      addresses: addresses
        .filter((address) => address.index === index && address.scope === 'global')
        .filter(({ family, tentative, dadFailed, deprecated, secondary }) => {
          // A secondary IPv6 address is a temporary one; a secondary IPv4 address is as good as the first.
          return !tentative && !dadFailed && !deprecated && !(family === 6 && secondary)
        })
        .map(({ address }) => address),
    }))
}

/** The address that the kernel would send from to a destination, an address or a name; undefined without a route. */
export async function sourceTowards(destination: string, family: Family): Promise<string | undefined> {
  const target = parseAddress(destination)?.family === family ? destination : await resolve(destination, family)
  if (target === undefined) return undefined
  using socket = openRouteSocket()
  try {
    return (await socket.routeTo(target)).source
  } catch {
    return undefined
  }
}

async function resolve(name: string, family: Family): Promise<string | undefined> {
  try {
    return (await lookup(name, { family })).address
  } catch {
    return undefined
  }
}
