import { api } from '../gen/gobgp.js'
import type { GobgpClient } from './gobgp-client.ts'
import { Wakeup } from './wakeup.ts'

/** Milliseconds between attempts: gobgpd tells of a session a moment before it sends anything on it. */
const pauses: readonly number[] = [5, 10, 20, 50, 100, 200, 500]

/**
 * Sends a peer our paths and the end-of-RIB marker on a session that came up, which a restarted gobgpd would put off until all
 * peers have sent theirs. A session that ends before that costs us the routes that the peer kept (RFC 4724, section 4.2): a gobgpd
 * that dies again within the wait would be cut off. For speakers that announce only what they have from the start.
 */
export async function announceAtOnce(client: GobgpClient, address: string, signal: AbortSignal): Promise<void> {
  for (const pause of pauses) {
    await client.softReset(address, api.ResetDirection.DIRECTION_OUT)
    if ((await updatesSent(client, address)) > 0) return
    await new Wakeup().wait(signal, pause)
    if (signal.aborted) return
  }
}

async function updatesSent(client: GobgpClient, address: string): Promise<number> {
  const [peer] = await client.listPeers({ address })
  return peer?.state?.messages?.sent?.update ?? 0
}
