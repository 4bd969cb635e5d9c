import { namespaceName } from '../plan/lab-plan.ts'
import { labProcesses } from './lab-processes.ts'

/** The daemon that holds a node's mount and UTS namespace open. */
export function holderName(node: string): string {
  return `holder.${node}`
}

/**
 * The command line that runs a program in a host of the lab: its network namespace, and for a node its mounts and host name too.
 * nsenter and not `ip netns exec`: the latter mounts another /sys, which hides the cgroups.
 */
export function enterHost(
  lab: string,
  host: string,
  holderPid: number | undefined,
  command: readonly string[],
): [string, ...string[]] {
  const mounts = holderPid === undefined ? [] : [`--mount=/proc/${holderPid}/ns/mnt`, `--uts=/proc/${holderPid}/ns/uts`]
  return ['nsenter', `--net=/run/netns/${namespaceName(lab, host)}`, ...mounts, '--', ...command]
}

/** Pid of each node's holder, by node name. */
export async function holderPids(lab: string): Promise<ReadonlyMap<string, number>> {
  const prefix = holderName('')
  const holders = (await labProcesses(lab)).filter(({ daemon }) => daemon.startsWith(prefix))
  return new Map(holders.map(({ daemon, pid }) => [daemon.slice(prefix.length), pid]))
}
