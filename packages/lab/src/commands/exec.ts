import { nodePaths } from '../cluster/node-config.ts'
import { enterHost, holderPids } from '../host/enter-host.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import { requireLabState } from '../host/lab-state.ts'
import { LabError } from '../lab-error.ts'
import { planLab } from '../plan/lab-plan.ts'
import { runInTerminal } from './run-in-terminal.ts'

/** Runs a command in a host of the lab; `down` ends it if it still runs then. */
export async function exec(
  host: string,
  command: readonly string[],
  { name }: { readonly name: string },
): Promise<void> {
  // Handed through by commander, which leaves everything after the host alone.
  const words = command[0] === '--' ? command.slice(1) : command
  if (words.length === 0) throw new LabError('Invalid', `exec ${host}: a command is wanted after --`)
  const { options } = await requireLabState(name)
  const hosts = planLab(options).hosts.map((planned) => planned.name)
  if (!hosts.includes(host)) {
    throw new LabError('Invalid', `there is no host ${JSON.stringify(host)} in lab '${name}': ${hosts.join(', ')}`)
  }
  const holder = (await holderPids(name)).get(host)
  const PATH = `${nodePaths.programs}:${process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin'}`
  await runInTerminal(enterHost(name, host, holder, words), {
    ...(holder === undefined ? {} : { PATH }),
    [labVariable]: name,
    [daemonVariable]: `exec.${host}`,
  })
}
