import type { Family } from '@manx/api'
import { api } from './gen/gobgp.js'
import type { DesiredPeer, Finding, PeerOrigin } from './plan/desired.ts'
import type { GobgpClient } from './speaker/gobgp-client.ts'
import { apiFamily } from './speaker/peer-message.ts'

/** One session, as `manxctl node status` shows it. */
export interface PeerStatus {
  readonly address: string
  readonly family: Family
  readonly port: number
  readonly asn: number
  readonly type: PeerOrigin
  /** The object it comes from. */
  readonly source: string
  readonly state: 'up' | 'down'
  /** When it came up or went down, RFC 3339; absent when it never was up. */
  readonly since?: string
  /** The state of the protocol, or why there is no session. */
  readonly info: string
  readonly prefixes: {
    readonly received: number
    readonly accepted: number
    /** Not accepted because they are outside of what this node imports. */
    readonly refused: number
    /** Not accepted because they came from here: the own AS is in their path, or they are this node's own. */
    readonly looped: number
    readonly advertised: number
  }
  /** The first of those refused, to see what kind they are of. */
  readonly firstRefused: readonly string[]
}

/** What this node's BGP does and what keeps it from doing more. */
export interface BgpStatus {
  readonly node: string
  readonly asn?: number
  readonly routerId?: string
  readonly speaker: { readonly connected: boolean; readonly version?: string; readonly error?: string }
  /** Where the present plan comes from. */
  readonly plan: 'none' | 'last known good' | 'current'
  readonly peers: readonly PeerStatus[]
  /** Prefixes that this node announces. */
  readonly announced: readonly string[]
  readonly routes: {
    readonly learned: number
    readonly installed: number
    /** Routes of before a restart are kept until all peers have told theirs. */
    readonly retaining: boolean
  }
  readonly findings: readonly Finding[]
}

const mostNamed = 10

const stateNames: Readonly<Record<number, string>> = {
  [api.SessionState.SESSION_STATE_IDLE]: 'Idle',
  [api.SessionState.SESSION_STATE_CONNECT]: 'Connect',
  [api.SessionState.SESSION_STATE_ACTIVE]: 'Active',
  [api.SessionState.SESSION_STATE_OPENSENT]: 'OpenSent',
  [api.SessionState.SESSION_STATE_OPENCONFIRM]: 'OpenConfirm',
  [api.SessionState.SESSION_STATE_ESTABLISHED]: 'Established',
}

export interface PeerReading {
  readonly actual: api.Peer.$Properties | undefined
  /** Received prefixes that the import policy refused. */
  readonly refused: readonly string[]
  /** Prefixes that this node announces. */
  readonly own: ReadonlyMap<string, unknown>
  /** Why gobgpd does not have the session. */
  readonly problem: string | undefined
}

export function peerStatus(peer: DesiredPeer, { actual, refused, own, problem }: PeerReading): PeerStatus {
  const up = actual?.state?.sessionState === api.SessionState.SESSION_STATE_ESTABLISHED
  const counts = actual?.afiSafis?.[0]?.state
  const { uptime, downtime } = actual?.timers?.state ?? {}
  const since = (up ? uptime?.seconds : downtime?.seconds) || undefined
  const received = counts?.received ?? 0
  const unlooped = counts?.accepted ?? 0
  const foreign = refused.filter((prefix) => !own.has(prefix))
  return {
    address: peer.address,
    family: peer.family,
    port: peer.port,
    asn: peer.asn,
    type: peer.origin,
    source: peer.source,
    state: up ? 'up' : 'down',
    ...(since === undefined ? {} : { since: new Date(since * 1000).toISOString() }),
    info: sessionInfo(actual, problem),
    prefixes: {
      received,
      accepted: Math.max(0, unlooped - refused.length),
      refused: foreign.length,
      looped: received - unlooped + refused.length - foreign.length,
      advertised: counts?.advertised ?? 0,
    },
    firstRefused: foreign.slice(0, mostNamed),
  }
}

/** The state of the protocol, or why there is no session. */
export function sessionInfo(actual: api.Peer.$Properties | undefined, problem: string | undefined): string {
  if (problem !== undefined) return problem
  return actual === undefined ? 'Not set up' : (stateNames[actual.state?.sessionState ?? 0] ?? 'Idle')
}

/** Prefixes that a peer sent and the import policy refused. Reads all that the peer sent: for humans. */
export async function refusedPrefixes(client: GobgpClient, address: string, family: Family): Promise<string[]> {
  const destinations = await client.listPaths({
    tableType: api.TableType.TABLE_TYPE_ADJ_IN,
    name: address,
    family: apiFamily(family),
    enableFiltered: true,
  })
  return destinations.filter(({ paths }) => paths.some(({ filtered }) => filtered)).map(({ prefix }) => prefix)
}
