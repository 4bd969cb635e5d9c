import { output } from '@manx/testbed'
import { type LabPlan, namespaceName } from '../plan/lab-plan.ts'

interface Link {
  readonly ifname: string
  readonly flags: readonly string[]
  readonly linkinfo?: { readonly info_kind?: string }
}

const tunnelKinds = [
  ...['vxlan', 'geneve', 'ipip', 'sit', 'gre', 'gretap', 'ip6tnl', 'ip6gre', 'ip6gretap', 'vti', 'vti6', 'erspan'],
  ...['wireguard', 'tun', 'xfrm', 'fou', 'bareudp'],
]

/** Tunnel devices of the nodes, as `node: device (kind)`. Nothing is wrapped around a packet, so there must be none. */
export async function tunnelDevices(plan: LabPlan): Promise<readonly string[]> {
  const found = await Promise.all(
    plan.nodes.map(async ({ name }) => {
      const namespace = namespaceName(plan.options.name, name)
      const links = JSON.parse(await output('ip', ['-d', '-j', 'link', 'show'], { namespace })) as readonly Link[]
      return tunnelsAmong(links).map((device) => `${name}: ${device}`)
    }),
  )
  return found.flat()
}

/** A module that is loaded puts a device of its own (tunl0, sit0) into every namespace; it is down and nobody's. */
export function tunnelsAmong(links: readonly Link[]): readonly string[] {
  return links
    .filter(({ linkinfo, flags }) => tunnelKinds.includes(linkinfo?.info_kind ?? '') && flags.includes('UP'))
    .map(({ ifname, linkinfo }) => `${ifname} (${linkinfo?.info_kind})`)
}
