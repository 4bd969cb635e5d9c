import type { Link } from '@manx/netlink'

/** What Calico takes where no interface matches. */
const fallback = 1460

/** The MTU that pods can have: the lowest of the node's interfaces that are up and whose name matches `mtuIfacePattern`. */
export function detectMtu(links: Iterable<Pick<Link, 'name' | 'mtu' | 'up' | 'loopback'>>, pattern: string): number {
  const expression = new RegExp(pattern)
  let lowest: number | undefined
  for (const link of links) {
    if (!link.up || link.loopback || !expression.test(link.name)) continue
    if (lowest === undefined || link.mtu < lowest) lowest = link.mtu
  }
  return lowest ?? fallback
}
