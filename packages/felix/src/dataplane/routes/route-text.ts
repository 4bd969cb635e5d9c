import type { Route } from '@manx/netlink'
import type { EndpointRoute } from '../../calc/items.ts'

/** What a route into a pod looks like, in one line; equal when nothing needs to be written. */
export function endpointRouteText({ destination, interface: name, protocol, metric, source }: EndpointRoute): string {
  return line(destination, name, protocol, metric, source)
}

/** The same of a route in the kernel, whose interface has this name. */
export function kernelRouteText(route: Route, name: string): string {
  const { destination, protocol, metric, source, nextHops, type } = route
  const plain = (type ?? 'unicast') === 'unicast' && nextHops.length === 1 && nextHops[0]?.gateway === undefined
  return `${line(destination, name, protocol ?? 3, metric ?? 0, source)}${plain ? '' : ' (otherwise different)'}`
}

function line(destination: string, name: string, protocol: number, metric: number, source: string | undefined): string {
  return `${destination} dev ${name} proto ${protocol} metric ${metric}${source === undefined ? '' : ` src ${source}`}`
}

/** The request that makes it. */
export function encodeRoute(route: EndpointRoute, index: number): Route {
  const { family, destination, protocol, metric, source } = route
  return {
    family,
    destination,
    protocol,
    metric,
    ...(family === 4 ? { scope: 'link' as const } : {}),
    ...(source === undefined ? {} : { source }),
    nextHops: [{ interface: index }],
  }
}
