import { api } from '../gen/gobgp.js'
import type { GobgpClient } from './gobgp-client.ts'

/**
 * Addresses of sessions that are up, and on which a gobgpd that came back has not told all by itself yet. Until then it sends no
 * change on them, and afterwards no withdrawal of what went meanwhile.
 */
export async function restartingPeers(client: GobgpClient): Promise<Set<string>> {
  const peers = await client.listPeers()
  const up = peers.filter(({ state }) => state?.sessionState === api.SessionState.SESSION_STATE_ESTABLISHED)
  return new Set(up.filter(isRestarting).map(({ conf }) => conf?.neighborAddress ?? ''))
}

export function isRestarting({ gracefulRestart }: api.Peer.$Properties): boolean {
  return gracefulRestart?.localRestarting === true
}
