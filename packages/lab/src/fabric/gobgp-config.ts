import type { Dual, PlannedNode, PlannedRouter } from '../plan/lab-plan.ts'

/** Configuration of GoBGP as a lab router: neighbours are listed, the nodes of the rack too. */
export function gobgpConfig(router: PlannedRouter, nodes: readonly PlannedNode[]): string {
  const blocks = [
    `[global.config]\n  as = ${router.asNumber}\n  router-id = "${router.routerId}"`,
    '[global.use-multiple-paths.config]\n  enabled = true',
  ]
  for (const neighbor of router.neighbors) blocks.push(...neighborBlocks(neighbor.address, neighbor.asNumber, false))
  for (const node of nodes) blocks.push(...neighborBlocks(node.address, node.asNumber, true))
  return `${blocks.join('\n')}\n`
}

function neighborBlocks(address: Dual, asNumber: number, passive: boolean): readonly string[] {
  return (['v4', 'v6'] as const).map(
    (family) => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address[family]}"
    peer-as = ${asNumber}
  [neighbors.transport.config]
    passive-mode = ${passive}
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 5
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${family === 'v4' ? 'ipv4' : 'ipv6'}-unicast"`,
  )
}
