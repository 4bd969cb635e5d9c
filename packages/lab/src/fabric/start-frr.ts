import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { output } from '@manx/testbed'
import { enterHost } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labFolder } from '../host/lab-folder.ts'
import type { PlannedRouter } from '../plan/lab-plan.ts'
import { frrConfig } from './frr-config.ts'

const programs = '/usr/lib/frr'

/** Starts zebra and bgpd in a router's namespace, with sockets and files in the lab's folder and nothing in /etc or /run. */
export async function startFrr(lab: string, router: PlannedRouter, signal?: AbortSignal): Promise<void> {
  const folder = labFolder(lab).router(router.name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'zebra.conf'), `hostname ${router.name}\nlog stdout\n`)
  await writeFile(join(folder, 'bgpd.conf'), frrConfig(router))
  const zebraSocket = join(folder, 'zserv.api')
  // Left behind by a killed daemon they would look like a daemon that is ready.
  for (const name of ['zserv.api', 'zebra.vty', 'bgpd.vty']) await rm(join(folder, name), { force: true })
  // The daemons give up root before they write their pid files and sockets.
  await output('chown', ['-R', 'frr:frr', folder])
  const start = (daemon: string, ready: string, args: readonly string[] = []) =>
    startLabDaemon({
      lab,
      name: `${daemon}.${router.name}`,
      command: enterHost(lab, router.name, undefined, [
        join(programs, daemon),
        ...['-f', join(folder, `${daemon}.conf`)],
        ...['-i', join(folder, `${daemon}.pid`)],
        ...['-z', zebraSocket, '--vty_socket', folder, '-P', '0', '--log', 'stdout'],
        ...args,
      ]),
      ready: () => exists(join(folder, ready)),
      timeoutSeconds: 20,
      ...(signal === undefined ? {} : { signal }),
    })
  await start('zebra', 'zserv.api')
  await start('bgpd', 'bgpd.vty')
}

/** Runs commands of FRR's shell. */
export function vtysh(lab: string, router: string, commands: readonly string[]): Promise<string> {
  const folder = labFolder(lab).router(router)
  return output('vtysh', ['--vty_socket', folder, ...commands.flatMap((command) => ['-c', command])])
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
