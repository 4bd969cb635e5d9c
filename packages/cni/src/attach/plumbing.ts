import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Family, parseAddress } from '@manx/api'
import {
  currentNamespaceInode,
  defaultSysctlRoot,
  inNamespace,
  type Link,
  namespaceInode,
  openRouteSocket,
  type Route,
  type RouteSocket,
  readSysctl,
  writeSysctl,
} from '@manx/netlink'
import { CniError, messageOf } from '../spec/cni-error.ts'

/** MAC of every host end: pods know it without asking. */
export const hostMac = 'ee:ee:ee:ee:ee:ee'
/** The router of every pod: addresses of the host end that belong to no subnet. */
export const gateways: Readonly<Record<Family, string>> = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' }

export interface PodLink {
  readonly hostInterface: string
  readonly podInterface: string
  /** Path of the pod's network namespace. */
  readonly namespace: string
  /** Without length. */
  readonly addresses: readonly string[]
  readonly mac: string
  readonly mtu: number
  readonly defaultRoutes: boolean
  readonly allowIpForwarding: boolean
}

/** What there is in a pod's namespace, as CHECK sees it. */
export interface PodLinkState {
  readonly link: Link | undefined
  /** With length. */
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
}

/** The kernel's side of an attachment: a veth pair and the pod's configuration. The host's routes and policy are felix's. */
export interface Plumbing {
  /** Throws a CniError when the path is no network namespace of a pod. */
  checkNamespace(path: string): void
  podLinkExists(namespace: string, podInterface: string): Promise<boolean>
  /** Makes the pair and configures both ends. On failure the pair may be there: `disconnect` removes it. */
  connect(link: PodLink): Promise<void>
  /** Removes the interface from the pod's namespace, when there is one; a namespace that is gone is fine. */
  removePodLink(namespace: string, podInterface: string): Promise<void>
  removeHostLink(hostInterface: string): Promise<void>
  hostLink(hostInterface: string): Promise<Link | undefined>
  inspect(namespace: string, podInterface: string): Promise<PodLinkState>
  close(): void
}

export interface PlumbingOptions {
  /** Where the sysctls of network namespaces are; default /proc/sys/net. */
  readonly sysctlRoot?: string
  /** Namespace of the node, for tests; absent: the process's own. */
  readonly hostNamespace?: string
}

export function openPlumbing(options: PlumbingOptions = {}): Plumbing {
  const root = options.sysctlRoot ?? defaultSysctlRoot
  const hostNamespace = options.hostNamespace === undefined ? {} : { namespace: options.hostNamespace }
  const host = openRouteSocket(hostNamespace)
  const hostInode =
    options.hostNamespace === undefined ? currentNamespaceInode() : namespaceInode(options.hostNamespace)

  return {
    checkNamespace: (given) => {
      const path = visiblePath(given)
      let inode: bigint
      try {
        inode = namespaceInode(path)
        inNamespace(path, () => undefined)
      } catch (error) {
        throw new CniError('unknownContainer', `CNI_NETNS: ${path} is not a network namespace`, {
          details: messageOf(error),
          cause: error,
        })
      }
      if (inode === hostInode) {
        throw new CniError('invalidEnvironment', `CNI_NETNS: ${path} is the node's own network namespace`)
      }
    },
    podLinkExists: (namespace, podInterface) =>
      within(visiblePath(namespace), async (pod) => (await pod.link(podInterface)) !== undefined),
    connect: async (given) => {
      const link = { ...given, namespace: visiblePath(given.namespace) }
      await host.deleteLink(link.hostInterface)
      const hostEnd = await host.createVeth({
        name: link.hostInterface,
        mac: hostMac,
        mtu: link.mtu,
        peer: { name: link.podInterface, namespacePath: link.namespace, mac: link.mac, mtu: link.mtu },
      })
      // Without this the kernel gives it its link-local address itself, and only after a second of duplicate detection.
      const generate = `ipv6/conf/${link.hostInterface}/addr_gen_mode`
      if (readSysctl(root, generate, hostNamespace) !== undefined) writeSysctl(root, generate, 1, hostNamespace)
      // Hardened nodes have it turned off for new interfaces, and the router address would be refused.
      const disable = `ipv6/conf/${link.hostInterface}/disable_ipv6`
      if (familiesOf(link.addresses).includes(6) && readSysctl(root, disable, hostNamespace) !== undefined) {
        writeSysctl(root, disable, 0, hostNamespace)
      }
      await host.setLink(hostEnd.index, { up: true })
      await within(link.namespace, (pod) => configurePod(pod, link, root))
      await knowPod(host, hostEnd.index, link)
    },
    removePodLink: async (given, podInterface) => {
      const namespace = visiblePath(given)
      if (!isNamespace(namespace) || namespaceInode(namespace) === hostInode) return
      await within(namespace, async (pod) => {
        const link = await pod.link(podInterface)
        // Another plugin's interface of the name (macvlan, ipvlan, …) is not ours to remove.
        if (link?.kind === 'veth') await pod.deleteLink(link.index)
      })
    },
    removeHostLink: async (hostInterface) => {
      await host.deleteLink(hostInterface)
    },
    hostLink: (hostInterface) => host.link(hostInterface),
    inspect: (namespace, podInterface) =>
      within(visiblePath(namespace), async (pod) => {
        const link = await pod.link(podInterface)
        if (link === undefined) return { link, addresses: [], routes: [] }
        const addresses = await pod.addresses({ index: link.index })
        const routes = [
          ...(await pod.routes({ family: 4, interface: link.index })),
          ...(await pod.routes({ family: 6, interface: link.index })),
        ]
        return { link, addresses: addresses.map(({ address }) => address), routes }
      }),
    close: () => host.close(),
  }
}

/** A MAC of our own choice, so that the host knows the pod's without asking; locally administered, not multicast. */
export function randomMac(): string {
  const bytes = randomBytes(6)
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02
  return bytes.toString('hex').replace(/(..)(?!$)/g, '$1:')
}

async function within<T>(namespace: string, work: (pod: RouteSocket) => Promise<T>): Promise<T> {
  const pod = openRouteSocket({ namespace })
  try {
    return await work(pod)
  } finally {
    pod.close()
  }
}

/** Runtimes say /var/run, which is /run on every host, but only /run/netns is mounted into the agent's container. */
function visiblePath(path: string): string {
  return path.startsWith('/var/run/') && !existsSync(path) ? path.slice('/var'.length) : path
}

function isNamespace(path: string): boolean {
  try {
    inNamespace(path, () => undefined)
    return true
  } catch {
    return false
  }
}

async function configurePod(pod: RouteSocket, link: PodLink, root: string): Promise<void> {
  const families = familiesOf(link.addresses)
  // Before the addresses: IPv6 ones are refused while IPv6 is off.
  inNamespace(link.namespace, () => writePodSysctls(root, link, families))
  const [loopback, end] = await Promise.all([pod.link('lo'), pod.link(link.podInterface)])
  if (end === undefined) throw new CniError('kernel', `${link.podInterface} vanished from ${link.namespace}`)
  if (loopback !== undefined && !loopback.up) await pod.setLink(loopback.index, { up: true })
  for (const address of link.addresses) {
    const length = parseAddress(address)?.family === 6 ? 128 : 32
    await pod.addAddress(end.index, `${address}/${length}`, { noDad: true })
  }
  await pod.setLink(end.index, { up: true })
  for (const family of families) {
    const gateway = gateways[family]
    // The router's MAC is written down, so the first packet waits for no ARP or ND exchange.
    await pod.replaceNeighbour({ family, index: end.index, address: gateway, mac: hostMac, state: 'permanent' })
    const out = { interface: end.index }
    await pod.replaceRoute({
      family,
      destination: `${gateway}/${family === 4 ? 32 : 128}`,
      ...(family === 4 ? { scope: 'link' as const } : {}),
      nextHops: [out],
    })
    if (!link.defaultRoutes) continue
    const destination = family === 4 ? '0.0.0.0/0' : '::/0'
    await pod.replaceRoute({ family, destination, nextHops: [{ gateway, ...out }] })
  }
}

function writePodSysctls(root: string, link: PodLink, families: readonly Family[]): void {
  const write = (name: string, value: number) => {
    // A kernel booted without IPv6 has none of its sysctls: then there is nothing to turn off either.
    if (readSysctl(root, name) !== undefined) writeSysctl(root, name, value)
  }
  if (families.includes(6)) {
    write('ipv6/conf/all/disable_ipv6', 0)
    write(`ipv6/conf/${link.podInterface}/disable_ipv6`, 0)
  }
  write(`ipv6/conf/${link.podInterface}/accept_dad`, 0)
  if (!link.allowIpForwarding) {
    // A new namespace inherits the node's forwarding.
    write('ipv4/ip_forward', 0)
    write('ipv6/conf/all/forwarding', 0)
  }
}

/** Gives the host its end's link-local router address and the pod's MAC: known now, verified by the kernel later on. */
async function knowPod(host: RouteSocket, index: number, link: PodLink): Promise<void> {
  for (const address of link.addresses) {
    const family = parseAddress(address)?.family ?? 4
    await host.replaceNeighbour({ family, index, address, mac: link.mac, state: 'reachable' })
  }
  if (familiesOf(link.addresses).includes(6)) await host.addAddress(index, `${gateways[6]}/64`, { noDad: true })
}

function familiesOf(addresses: readonly string[]): readonly Family[] {
  return ([4, 6] as const).filter((family) => addresses.some((text) => parseAddress(text)?.family === family))
}
