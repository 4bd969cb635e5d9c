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
  let before: number | undefined
  for (const pause of pauses) {
    await client.softReset(address, api.ResetDirection.DIRECTION_OUT)
    const { updates, flaps } = await sentTo(client, address)
    // gobgpd counts on when a short session comes up again: then a count says nothing yet, and what is added to it does. A session
    // that was long is not among its flaps, but when that ends, nothing is put off any more.
    if (before === undefined ? flaps === 0 && updates > 0 : updates > before) return
    before ??= updates
    await new Wakeup().wait(signal, pause)
    if (signal.aborted) return
  }
}

async function sentTo(client: GobgpClient, address: string): Promise<{ updates: number; flaps: number }> {
  const [peer] = await client.listPeers({ address })
  return { updates: peer?.state?.messages?.sent?.update ?? 0, flaps: peer?.state?.flops ?? 0 }
}
