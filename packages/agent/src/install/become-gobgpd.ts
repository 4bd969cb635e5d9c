import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

export interface GobgpdOptions {
  readonly program: string
  /** Where its API will listen. Whoever may open this socket configures BGP. */
  readonly socket: string
}

/**
 * Replaces this process by gobgpd, which cannot prepare its own start: an emptyDir is open to every user, and a gobgpd
 * that finds the socket of a killed one runs on without its API, for ever.
 */
export function becomeGobgpd({ program, socket }: GobgpdOptions): never {
  mkdirSync(dirname(socket), { recursive: true })
  chmodSync(dirname(socket), 0o700)
  rmSync(socket, { force: true })
  // Without the empty metrics path it would still listen on localhost:6060 of the node.
  const args = ['--api-hosts', `unix://${socket}`, '--pprof-disable', '--metrics-path=']
  process.execve?.(program, [program, ...args], process.env)
  throw new Error(`cannot become ${program}: this Node has no process.execve (24 or newer is needed)`)
}
