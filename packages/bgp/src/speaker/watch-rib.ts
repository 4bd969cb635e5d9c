import { api } from '../gen/gobgp.js'
import type { GobgpClient } from './gobgp-client.ts'
import { type ReadPath, readPath } from './path-message.ts'

const batchSize = 1000

export interface RibListener {
  /**
   * Best and equal-cost paths that came and went, in order: first all there are, then each change. A path that is not mentioned
   * stays.
   */
  onPaths(paths: readonly ReadPath[]): void
  /** All paths there were at the start have been told. */
  onSnapshot(): void
  /** The session with this peer came up or went down. */
  onPeer(address: string, established: boolean): void
}

/** Follows the routing table until the signal aborts (resolves) or the stream breaks (rejects). */
export async function watchRib(client: GobgpClient, listener: RibListener, signal: AbortSignal): Promise<void> {
  let snapshot = false
  const request = {
    peer: {},
    table: { filters: [{ type: api.FilterType.FILTER_BEST, init: true }] },
    batchSize,
  }
  const onEvent = ({ peer, table }: api.WatchEventResponse) => {
    if (peer) {
      const { state, conf } = peer.peer ?? {}
      const address = conf?.neighborAddress
      if (address && peer.type !== api.PeerEventType.PEER_EVENT_END_OF_INIT) {
        listener.onPeer(address, state?.sessionState === api.SessionState.SESSION_STATE_ESTABLISHED)
      }
    }
    if (!table) return
    const paths = table.paths ?? []
    if (paths.length > 0) listener.onPaths(paths.flatMap((path) => readPath(path) ?? []))
    // The table comes first and in messages of batchSize + 1 paths but for the last one, which may be empty: the API has no
    // other mark for its end.
    if (!snapshot && paths.length <= batchSize) {
      snapshot = true
      listener.onSnapshot()
    }
  }
  await client.watch(request, onEvent, signal)
}
