import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandPath, output, run } from '@manx/testbed'
import { enterHost } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labFolder } from '../host/lab-folder.ts'
import type { PlannedRouter } from '../plan/lab-plan.ts'
import { birdConfig } from './bird-config.ts'

/** Starts BIRD in a router's namespace. */
export async function startBird(lab: string, router: PlannedRouter, signal?: AbortSignal): Promise<void> {
  const folder = labFolder(lab).router(router.name)
  await mkdir(folder, { recursive: true })
  const config = join(folder, 'bird.conf')
  await writeFile(config, birdConfig(router))
  await startLabDaemon({
    lab,
    name: `bird.${router.name}`,
    command: enterHost(lab, router.name, undefined, [
      commandPath('bird') ?? 'bird',
      ...['-f', '-c', config, '-s', socket(lab, router.name), '-P', join(folder, 'bird.pid')],
    ]),
    ready: async () => (await run('birdc', ['-s', socket(lab, router.name), 'show', 'status'])).code === 0,
    timeoutSeconds: 20,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Runs a command of BIRD's shell. */
export function birdc(lab: string, router: string, command: readonly string[]): Promise<string> {
  return output('birdc', ['-s', socket(lab, router), ...command])
}

function socket(lab: string, router: string): string {
  return join(labFolder(lab).router(router), 'bird.ctl')
}
