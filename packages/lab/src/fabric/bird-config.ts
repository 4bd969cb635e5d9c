import type { PlannedRouter } from '../plan/lab-plan.ts'

/** Configuration of BIRD 2 for a lab router. */
export function birdConfig(router: PlannedRouter): string {
  const families = [
    { key: 'v4', name: 'ipv4' },
    { key: 'v6', name: 'ipv6' },
  ] as const
  const blocks = [
    'log stderr all;',
    `router id ${router.routerId};`,
    'protocol device { scan time 10; }',
    'protocol direct { ipv4; ipv6; }',
    ...families.map(
      ({ name }) =>
        `protocol kernel kernel_${name} {\n  merge paths on;\n  ${name} { import none; export where source != RTS_DEVICE; };\n}`,
    ),
  ]
  for (const { key, name } of families) {
    const channel = `  ${name} { import all; export all; };`
    // The same timers as on the FRR side. BIRD's own wait after an expired hold timer is one to five minutes.
    const timers =
      '  hold time 9;\n  keepalive time 3;\n  connect retry time 2;\n  connect delay time 1;\n  error wait time 1, 3;\n  error forget time 10;'
    for (const neighbor of router.neighbors) {
      blocks.push(
        `protocol bgp ${neighbor.name}_${name} {\n  local as ${router.asNumber};\n  neighbor ${neighbor.address[key]} as ${neighbor.asNumber};\n${timers}\n${channel}\n}`,
      )
    }
    if (router.nodes !== undefined) {
      const { asNumber, subnet } = router.nodes
      const remote = asNumber === 'external' ? 'external' : `as ${asNumber}`
      blocks.push(
        `protocol bgp nodes_${name} {\n  local as ${router.asNumber};\n  neighbor range ${subnet[key]} ${remote};\n  dynamic name "node_${name}_";\n${timers}\n${channel}\n}`,
      )
    }
  }
  return `${blocks.join('\n')}\n`
}
