import type { NetlinkEvent } from './types.ts'

export interface WatchOptions {
  /** Path of the network namespace; absent: the caller's own. */
  readonly namespace?: string
  readonly links?: boolean
  readonly addresses?: boolean
  readonly routes?: boolean
  readonly neighbours?: boolean
  /** Default: both. */
  readonly families?: readonly (4 | 6)[]
  /** Socket receive buffer in bytes; default 8 MiB. */
  readonly receiveBuffer?: number
}

export interface NetlinkWatch extends Disposable {
  close(): void
  /** Lets the process end although the watch is open. */
  unref(): void
}

/**
 * Calls the listener with each burst of changes, from the moment this returns. Read the state after calling it, not before.
 * After an `overrun` event the listener must read everything again.
 */
export function watchNetlink(
  _options: WatchOptions,
  _listener: (events: readonly NetlinkEvent[]) => void,
): NetlinkWatch {
  throw new Error('not there yet')
}
