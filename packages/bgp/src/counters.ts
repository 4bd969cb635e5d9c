import type { Family } from '@manx/api'
import { isBgpError } from './error.ts'
import { api } from './gen/gobgp.js'
import type { Desired } from './plan/desired.ts'
import { emptyWhenAway } from './read-sessions.ts'
import type { GobgpClient } from './speaker/gobgp-client.ts'
import { apiFamily } from './speaker/peer-message.ts'
import type { Speaker } from './speaker/speaker.ts'
import { sessionInfo } from './status.ts'

/** Numbers for metrics. Cheap however much peers send. */
export interface BgpCounters {
  /** Planned sessions, with the state of the protocol or why there is none. */
  readonly sessions: readonly { readonly family: Family; readonly info: string }[]
  readonly routes: Readonly<Record<Family, RouteCounts>>
  /** Learned routes in the kernel. */
  readonly installed: number
}

export interface RouteCounts {
  /** Paths that peers sent and this node accepted. */
  readonly imported: number
  /** Paths told to peers, summed over these; counted once in a minute, and when a session has come up. */
  readonly exported: number
}

/** Milliseconds for which a count of what peers were told is good: gobgpd evaluates its policies to count. */
const exportedIsGood = 60_000

/** Reads counters, and remembers those that cost gobgpd work. */
export class CounterSource {
  readonly #speaker: Speaker
  /** Of sessions that were up when it was counted, by address. */
  #advertised: ReadonlyMap<string, number> = new Map()
  #countedAt = Number.NEGATIVE_INFINITY

  constructor(speaker: Speaker) {
    this.#speaker = speaker
  }

  async read(desired: Desired | undefined): Promise<Omit<BgpCounters, 'installed'>> {
    const peers = new Map<string, api.Peer>()
    for (const peer of await this.#peers().catch(emptyWhenAway)) peers.set(peer.conf?.neighborAddress ?? '', peer)
    const planned = [...(desired?.peers.values() ?? [])]
    const countsOf = async (family: Family): Promise<RouteCounts> => {
      const established = planned.filter((peer) => peer.family === family && isEstablished(peers.get(peer.address)))
      const own = [...(desired?.paths.values() ?? [])].filter((path) => path.family === family).length
      return {
        imported: Math.max(0, (await countPaths(this.#speaker.client, family)) - own),
        exported: established.reduce((sum, { address }) => sum + (this.#advertised.get(address) ?? 0), 0),
      }
    }
    const [v4, v6] = await Promise.all([countsOf(4), countsOf(6)])
    return {
      sessions: planned.map(({ family, address }) => ({
        family,
        info: sessionInfo(peers.get(address), this.#speaker.refused.get(address)),
      })),
      routes: { 4: v4, 6: v6 },
    }
  }

  async #peers(): Promise<api.Peer[]> {
    const present = await this.#speaker.peers()
    const isGood =
      performance.now() - this.#countedAt < exportedIsGood &&
      present.filter(isEstablished).every(({ conf }) => this.#advertised.has(conf?.neighborAddress ?? ''))
    if (isGood || this.#speaker.client === undefined) return present
    const peers = await this.#speaker.peers({ advertised: true })
    this.#countedAt = performance.now()
    this.#advertised = new Map(
      peers
        .filter(isEstablished)
        .map(({ conf, afiSafis }) => [conf?.neighborAddress ?? '', afiSafis[0]?.state?.advertised ?? 0]),
    )
    return peers
  }
}

async function countPaths(client: GobgpClient | undefined, family: Family): Promise<number> {
  try {
    return (await client?.countPaths(apiFamily(family))) ?? 0
  } catch (error) {
    if (isBgpError(error)) return 0
    throw error
  }
}

function isEstablished(peer: api.Peer.$Properties | undefined): boolean {
  return peer?.state?.sessionState === api.SessionState.SESSION_STATE_ESTABLISHED
}
