import { randomBytes } from 'node:crypto'
import { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts'
import { output, type RunOptions, run } from './run.ts'

/** A network namespace that a test made for itself, with its loopback up. */
export interface Namespace extends AsyncDisposable {
  readonly name: string
  /** `/run/netns/NAME`, as CNI_NETNS has it. */
  readonly path: string
  /** Runs a program inside; rejects when it fails. */
  output(command: string, args: readonly string[], options?: RunOptions): Promise<string>
  start(command: string, args: readonly string[], options?: DaemonOptions): Promise<Daemon>
  /** Ends the daemons started here, then removes the namespace. Safe to call twice. */
  remove(): Promise<void>
}

/** Makes a network namespace under a name of its own, so that tests of several checkouts can run at once. */
export async function createNamespace(purpose: string): Promise<Namespace> {
  const name = `mt-${purpose}-${randomBytes(3).toString('hex')}`
  await output('ip', ['netns', 'add', name])
  await output('ip', ['link', 'set', 'lo', 'up'], { namespace: name })
  const daemons: Daemon[] = []
  const remove = async () => {
    await Promise.all(daemons.splice(0).map((daemon) => daemon.stop('SIGKILL')))
    await run('ip', ['netns', 'delete', name])
  }
  return {
    name,
    path: `/run/netns/${name}`,
    output: (command, args, options = {}) => output(command, args, { ...options, namespace: name }),
    start: async (command, args, options = {}) => {
      const daemon = await startDaemon(command, args, { ...options, namespace: name })
      daemons.push(daemon)
      return daemon
    },
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

export interface LinkEnd {
  readonly namespace: Namespace
  readonly interface: string
  /** Addresses with prefix length; IPv6 ones are set without duplicate address detection. */
  readonly addresses?: readonly string[]
}

/** Joins two namespaces with a veth pair, up and addressed on both ends. */
export async function connect(a: LinkEnd, b: LinkEnd): Promise<void> {
  const { namespace, interface: name } = a
  const peer = ['peer', 'name', b.interface, 'netns', b.namespace.name]
  await namespace.output('ip', ['link', 'add', name, 'type', 'veth', ...peer])
  for (const end of [a, b]) {
    for (const address of end.addresses ?? []) {
      const noDad = address.includes(':') ? ['nodad'] : []
      await end.namespace.output('ip', ['address', 'add', address, 'dev', end.interface, ...noDad])
    }
    await end.namespace.output('ip', ['link', 'set', end.interface, 'up'])
  }
}
