import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output, run } from '@manx/testbed'
import { enterHost } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labFolder } from '../host/lab-folder.ts'
import type { LabPlan, PlannedRouter } from '../plan/lab-plan.ts'
import { gobgpConfig } from './gobgp-config.ts'

/** Starts GoBGP as a router where FRR or BIRD is not installed: the daemon, and a process that brings its table to the kernel. */
export async function startGobgp(
  plan: LabPlan,
  router: PlannedRouter,
  programs: Readonly<Record<'gobgpd' | 'gobgp', string>>,
  signal?: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  const folder = labFolder(lab).router(router.name)
  await mkdir(folder, { recursive: true })
  const config = join(folder, 'gobgpd.toml')
  const nodes = router.nodes === undefined ? [] : plan.nodes.filter(({ rack }) => router.name === `tor${rack}`)
  await writeFile(config, gobgpConfig(router, nodes))
  const target = gobgpTarget(lab, router.name)
  // A killed daemon leaves it, and the next one cannot listen on it.
  await rm(target.slice('unix://'.length), { force: true })
  await startLabDaemon({
    lab,
    name: `gobgpd.${router.name}`,
    command: enterHost(lab, router.name, undefined, [
      programs.gobgpd,
      ...['-f', config, '--api-hosts', target, '--pprof-disable'],
    ]),
    ready: async () => (await run(programs.gobgp, ['--target', target, 'global'])).code === 0,
    timeoutSeconds: 20,
    ...(signal === undefined ? {} : { signal }),
  })
  // The daemon has no notion of connected routes.
  for (const [prefix, family] of connectedPrefixes(plan, router.name)) {
    await output(programs.gobgp, ['--target', target, 'global', 'rib', '-a', family, 'add', prefix])
  }
  const worker = fileURLToPath(new URL('./gobgp-routes-worker.ts', import.meta.url))
  const command = [process.execPath, worker, programs.gobgp, target]
  await startLabDaemon({
    lab,
    name: `gobgp-routes.${router.name}`,
    command: enterHost(lab, router.name, undefined, command),
  })
}

export function gobgpTarget(lab: string, router: string): string {
  return `unix://${join(labFolder(lab).router(router), 'gobgpd.sock')}`
}

/** Subnets on a router's own interfaces. */
export function connectedPrefixes(plan: LabPlan, router: string): readonly (readonly [string, 'ipv4' | 'ipv6'])[] {
  const ends = plan.links.flatMap(({ a, b }) => [a, b]).filter(({ host }) => host === router)
  const bridges = plan.hosts.find(({ name }) => name === router)?.bridges ?? []
  return [...ends, ...bridges].flatMap(({ addresses }) =>
    addresses.map((address) =>
      address.includes(':')
        ? ([address.replace(/::.*\/64$/, '::/64'), 'ipv6'] as const)
        : ([address.replace(/\.\d+\/24$/, '.0/24'), 'ipv4'] as const),
    ),
  )
}
