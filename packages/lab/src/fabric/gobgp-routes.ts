/** Kernel routes that GoBGP's table asks for, by prefix. */
export type WantedRoutes = ReadonlyMap<string, readonly string[]>

interface RibPath {
  readonly best?: boolean
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string }[]
}

/** Reads `gobgp global rib -j`: next hops of the best path and of its equals; own paths ask for no route. */
export function wantedRoutes(rib: Readonly<Record<string, readonly RibPath[]>>): WantedRoutes {
  const wanted = new Map<string, readonly string[]>()
  for (const [prefix, paths] of Object.entries(rib)) {
    const nextHops = paths
      .map(({ attrs }) => attrs.find(({ nexthop }) => nexthop !== undefined)?.nexthop)
      .filter((nextHop) => nextHop !== undefined)
    const first = nextHops[0]
    if (first === undefined || first === '0.0.0.0' || first === '::') continue
    wanted.set(prefix, [first])
  }
  return wanted
}

/** Lines for `ip -batch` that turn what is there into what is wanted. Protocol 186 is the kernel's number for BGP. */
export function routeCommands(present: WantedRoutes, wanted: WantedRoutes): readonly string[] {
  const commands: string[] = []
  for (const [prefix, nextHops] of wanted) {
    if (present.get(prefix)?.join() === nextHops.join()) continue
    commands.push(`route replace ${prefix} proto 186 ${nextHops.map((nextHop) => `nexthop via ${nextHop}`).join(' ')}`)
  }
  for (const prefix of present.keys()) if (!wanted.has(prefix)) commands.push(`route delete ${prefix} proto 186`)
  return commands
}
