import { pause } from '@manx/api'

/** What there is to do when the agent is told to end. */
export interface Ending {
  /** Takes no more CNI requests from the call on; resolves when those being served are done. */
  readonly drain: () => Promise<void>
  /** True when gobgpd and its sessions are to go on. */
  readonly keepBgp: () => Promise<boolean>
  /** Ends the agent's side of BGP, which leaves the kernel's routes; it must not see the sessions go down. */
  readonly endBgp: () => Promise<void>
  /** Tells the peers to keep the routes, and ends gobgpd's sessions. */
  readonly stopBgp: () => Promise<void>
  /** Ends all the rest. */
  readonly endParts: () => Promise<void>
}

/**
 * Milliseconds for each step; one that hangs must not keep the process. BGP goes beside the draining, so all take at most 18 s
 * of the 30 s that the DaemonSet gives before it kills: peers that were told nothing would drop the routes.
 */
export const endingBudget = { drain: 10_000, keepBgp: 3000, endBgp: 2000, stopBgp: 5000, endParts: 8000 } as const

/** Ends the agent's parts; returns whether gobgpd's sessions go on. Rejects when BGP cannot be stopped, after all the rest. */
export async function endInOrder(
  ending: Ending,
  budget: Readonly<Record<keyof typeof endingBudget, number>> = endingBudget,
): Promise<boolean> {
  const within = async <T>(step: keyof typeof endingBudget): Promise<T | undefined> => {
    const enough = new AbortController()
    try {
      const work = ending[step]() as Promise<T>
      return await Promise.race([work, pause(budget[step], enough.signal).then(() => undefined)])
    } finally {
      enough.abort()
    }
  }
  const bgp = async () => {
    const [keep] = await Promise.all([within<boolean>('keepBgp'), within('endBgp')])
    if (keep !== true) await within('stopBgp')
    return keep === true
  }
  // Started first: from here on no request comes in.
  const drained = within('drain')
  const [stopped] = await Promise.allSettled([bgp(), drained])
  await within('endParts')
  if (stopped.status === 'rejected') throw stopped.reason
  return stopped.value
}
