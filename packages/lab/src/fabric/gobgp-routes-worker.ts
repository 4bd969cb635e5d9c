// Started by start-gobgp.ts in a router's namespace: keeps the kernel's routes as GoBGP's table has them, GoBGP writing none.
import { setTimeout as sleep } from 'node:timers/promises'
import { output, run } from '@manx/testbed'
import { routeCommands, type WantedRoutes, wantedRoutes } from './gobgp-routes.ts'

const [gobgp = 'gobgp', target = ''] = process.argv.slice(2)
let present: WantedRoutes = new Map()
// Those of a killed predecessor.
for (const family of ['-4', '-6']) await run('ip', [family, 'route', 'flush', 'proto', '186'])

for (;;) {
  const tables = await Promise.all(
    ['ipv4', 'ipv6'].map((family) => run(gobgp, ['--target', target, '-j', 'global', 'rib', '-a', family])),
  )
  if (tables.every(({ code }) => code === 0)) {
    const wanted = new Map(tables.flatMap(({ stdout }) => [...wantedRoutes(JSON.parse(stdout || '{}'))]))
    const commands = routeCommands(present, wanted)
    if (commands.length > 0) await output('ip', ['-force', '-batch', '-'], { input: `${commands.join('\n')}\n` })
    present = wanted
  }
  await sleep(1000)
}
