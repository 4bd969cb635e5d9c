import type { api } from '../gen/gobgp.js'
import type { GobgpClient } from './gobgp-client.ts'

/** Addresses of the peers that a gobgpd which came back has not told "that was all" by itself yet. */
export async function restartingPeers(client: GobgpClient): Promise<Set<string>> {
  const peers = await client.listPeers()
  return new Set(peers.filter(isRestarting).map(({ conf }) => conf?.neighborAddress ?? ''))
}

export function isRestarting({ gracefulRestart }: api.Peer.$Properties): boolean {
  return gracefulRestart?.localRestarting === true
}
