import { isFibRoute } from '@manx/bgp'
import { tableName } from '@manx/felix'
import { isNetlinkError, openNftSocket, openRouteSocket, type RouteSocket } from '@manx/netlink'

export interface KernelOptions {
  /** Path of a network namespace; absent: the process's own. */
  readonly namespace?: string
  /** What the names of pods' interfaces begin with. */
  readonly interfacePrefixes: readonly string[]
}

/** Any but those that somebody else may use; it is there for a moment only. */
const doomedGroup = 0x6d616e78
const mainTable = 254

/**
 * Removes what Manx has in the kernel: the interfaces of pods with their routes, the routes that BGP brought, blackholes
 * of blocks, and the table. The table goes last, so that no pod sends without its policy. Nobody may be writing it any more.
 */
export async function removeFromKernel({ namespace, interfacePrefixes }: KernelOptions): Promise<void> {
  const inside = namespace === undefined ? {} : { namespace }
  using routeSocket = openRouteSocket(inside)
  using nftSocket = openNftSocket(inside)
  await removeLinks(routeSocket, interfacePrefixes)
  await removeRoutes(routeSocket)
  try {
    await nftSocket.begin().deleteTable({ family: 'inet', name: tableName }).commit()
  } catch (error) {
    if (!isNetlinkError(error, 'ENOENT')) throw error
  }
}

async function removeLinks(socket: RouteSocket, prefixes: readonly string[]): Promise<void> {
  const links = await socket.links()
  const ours = links.filter(({ kind, name }) => kind === 'veth' && prefixes.some((prefix) => name.startsWith(prefix)))
  // As a group, because each deletion of its own waits for the whole kernel.
  for (const { index } of ours) {
    await socket.setLink(index, { group: doomedGroup }).catch((error) => {
      if (!isNetlinkError(error, 'ENODEV')) throw error
    })
  }
  if (ours.length > 0) await socket.deleteLinkGroup(doomedGroup)
}

async function removeRoutes(socket: RouteSocket): Promise<void> {
  const both = [
    await socket.routes({ family: 4, table: mainTable }),
    await socket.routes({ family: 6, table: mainTable }),
  ]
  const failures = await socket.applyRoutes({ delete: both.flat().filter(isFibRoute) })
  const [first] = failures
  if (first !== undefined) throw first.error
}
