import { readdir, readFile } from 'node:fs/promises'

/** The environment variables by which a lab's processes are found; children inherit them. */
export const labVariable = 'MANX_LAB'
export const daemonVariable = 'MANX_LAB_DAEMON'

export interface LabProcess {
  readonly pid: number
  /** The daemon that the process is or was started by, for example `kubelet.node1`. */
  readonly daemon: string
  /** Kernel's short name of the program, for example `containerd-shim`. */
  readonly program: string
  readonly parent: number
}

/** Every process on this machine that belongs to the lab, by its environment. */
export async function labProcesses(lab: string): Promise<readonly LabProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => labProcess(lab, Number(pid))))
  return found.filter((process) => process !== undefined)
}

async function labProcess(lab: string, pid: number): Promise<LabProcess | undefined> {
  if (pid === process.pid) return undefined
  try {
    const environment = new Map(
      (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => splitOnce(entry)),
    )
    if (environment.get(labVariable) !== lab) return undefined
    const { program, fields } = await processStat(pid)
    // A zombie holds nothing; its parent has yet to ask for its exit code.
    if (fields[0] === 'Z') return undefined
    return { pid, daemon: environment.get(daemonVariable) ?? '', program, parent: Number(fields[1]) }
  } catch {
    // Ended meanwhile, or a kernel thread.
    return undefined
  }
}

/** When the process started, in clock ticks since boot: with the pid it names a process for good. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  try {
    return (await processStat(pid)).fields[19]
  } catch {
    return undefined
  }
}

async function processStat(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name is in parentheses and may hold both spaces and parentheses.
  const end = stat.lastIndexOf(')')
  return { program: stat.slice(stat.indexOf('(') + 1, end), fields: stat.slice(end + 2).split(' ') }
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=')
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}
