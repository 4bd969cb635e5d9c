import type { PlannedRouter } from '../plan/lab-plan.ts'

/** Configuration of FRR's bgpd for a lab router. */
export function frrConfig(router: PlannedRouter): string {
  const families = [
    { key: 'v4', name: 'ipv4' },
    { key: 'v6', name: 'ipv6' },
  ] as const
  const lines = [
    'frr defaults datacenter',
    `hostname ${router.name}`,
    'log stdout',
    'service advanced-vty',
    `router bgp ${router.asNumber}`,
    ` bgp router-id ${router.routerId}`,
    ' no bgp default ipv4-unicast',
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ' bgp bestpath as-path multipath-relax',
    ' timers bgp 3 9',
  ]
  for (const neighbor of router.neighbors) {
    for (const { key } of families) {
      lines.push(
        ` neighbor ${neighbor.address[key]} remote-as ${neighbor.asNumber}`,
        ` neighbor ${neighbor.address[key]} description ${neighbor.name}`,
        ` neighbor ${neighbor.address[key]} timers connect 2`,
      )
    }
  }
  if (router.nodes !== undefined) {
    for (const { key, name } of families) {
      lines.push(
        ` neighbor nodes-${name} peer-group`,
        ` neighbor nodes-${name} remote-as ${router.nodes.asNumber}`,
        ` bgp listen range ${router.nodes.subnet[key]} peer-group nodes-${name}`,
      )
    }
    lines.push(' bgp listen limit 1000')
  }
  for (const { key, name } of families) {
    lines.push(` address-family ${name} unicast`, '  redistribute connected', '  maximum-paths 8')
    for (const neighbor of router.neighbors) lines.push(`  neighbor ${neighbor.address[key]} activate`)
    if (router.nodes !== undefined) lines.push(`  neighbor nodes-${name} activate`)
    lines.push(' exit-address-family')
  }
  return `${lines.join('\n')}\n`
}
