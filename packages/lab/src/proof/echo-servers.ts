import { enterHost } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labProcesses } from '../host/lab-processes.ts'
import type { LabPlan } from '../plan/lab-plan.ts'

/** Port on which every node, router and the outside host say who called them. */
export const echoPort = 18080

/** Starts the servers that are not running; they are agnhost's, as in the pods. */
export async function startEchoServers(plan: LabPlan, agnhost: string): Promise<void> {
  const lab = plan.options.name
  const running = new Set((await labProcesses(lab)).map(({ daemon }) => daemon))
  const hosts = plan.hosts.filter(
    ({ role, name }) => role !== 'switch' && role !== 'control' && !running.has(`echo.${name}`),
  )
  const command = [agnhost, 'netexec', `--http-port=${echoPort}`, '--udp-port=-1']
  await Promise.all(
    hosts.map(({ name }) =>
      startLabDaemon({ lab, name: `echo.${name}`, command: enterHost(lab, name, undefined, command) }),
    ),
  )
}
