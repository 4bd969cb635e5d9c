import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandPath, type Daemon, eventually, type Namespace, run } from '@manx/testbed'

const folder = process.env.MANX_COMPONENTS

/** The gobgpd that tests run against: of the prepared components, else on PATH. */
export const gobgpdPath = commandPath(folder === undefined ? 'gobgpd' : join(folder, 'gobgpd')) ?? 'gobgpd'

/** A gobgpd in a namespace, startable again on the same socket. */
export interface TestGobgpd extends AsyncDisposable {
  readonly socketPath: string
  readonly daemon: Daemon
  /** Ends it with SIGKILL, as a crash would. */
  kill(): Promise<void>
  /** Starts it anew, as its container would. */
  start(): Promise<void>
}

export async function startGobgpd(namespace: Namespace): Promise<TestGobgpd> {
  const scratch = await mkdtemp(join(tmpdir(), 'manx-gobgp-'))
  const socketPath = join(scratch, 'gobgpd.sock')
  let daemon: Daemon
  const start = async () => {
    await rm(socketPath, { force: true })
    daemon = await namespace.start(gobgpdPath, ['--api-hosts', `unix://${socketPath}`, '--pprof-disable'])
    await eventually(async () => {
      const { code } = await run('test', ['-S', socketPath])
      if (code !== 0) throw new Error(`gobgpd did not make ${socketPath}:\n${daemon.log()}`)
    })
  }
  await start()
  return {
    socketPath,
    get daemon() {
      return daemon
    },
    kill: () => daemon.stop('SIGKILL'),
    start,
    async [Symbol.asyncDispose]() {
      await daemon.stop('SIGKILL')
      await rm(scratch, { recursive: true, force: true })
    },
  }
}
