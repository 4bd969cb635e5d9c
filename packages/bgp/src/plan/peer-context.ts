import {
  type BGPConfigurationSpec,
  type BGPPeer,
  type Family,
  parseAddress,
  parseAsNumber,
  parseDuration,
} from '@manx/api'
import type { DesiredPeer, Finding } from './desired.ts'
import type { PlanNode } from './input.ts'

/** What all session planners share. */
export interface PeerContext {
  readonly self: PlanNode
  readonly nodes: ReadonlyMap<string, PlanNode>
  readonly peers: readonly BGPPeer[]
  readonly passwords: ReadonlyMap<string, string>
  readonly unreadSecrets: ReadonlySet<string>
  readonly before: ReadonlyMap<string, DesiredPeer>
  readonly config: BGPConfigurationSpec
  asnOf(node: PlanNode): number
  listenPortOf(node: PlanNode): number
  report(finding: Finding): void
}

export const families: readonly Family[] = [4, 6]
const defaultAsn = 64_512
export const defaultPort = 179
/** BIRD's default, which Calico's users know. */
const defaultRestartTime = 120
const defaultHoldTime = 90

/** The AS number of a node: its own, else that of the cluster. */
export function asnOf(node: PlanNode, config: BGPConfigurationSpec): number {
  return node.asNumber ?? parseAsNumber(config.asNumber ?? defaultAsn) ?? defaultAsn
}

/** Seconds of a duration within what the protocol can carry, or the default when there is none. */
export function secondsOf(text: string | undefined, most: number, otherwise: number): number {
  const milliseconds = text === undefined ? undefined : parseDuration(text)
  return milliseconds === undefined ? otherwise : Math.min(most, Math.max(1, Math.round(milliseconds / 1000)))
}

/** Graceful restart carries 12 bits of seconds. */
export function restartTimeOf(text: string | undefined): number {
  return secondsOf(text, 4095, defaultRestartTime)
}

/** A keepalive time above a third of the usual hold time raises the hold time with it. */
export function timersOf(keepaliveTime: string | undefined): { keepalive: number; holdTime: number } {
  const keepalive = secondsOf(keepaliveTime, 21_845, defaultHoldTime / 3)
  return { keepalive, holdTime: Math.max(defaultHoldTime, keepalive * 3) }
}

/** Whether the peer dials and we wait. Both ends compare the same two texts, so exactly one of them dials. */
export function isPassive(own: string, peer: string): boolean {
  return peer > own
}

/** A node with this address, if there is one. */
export function nodeWithAddress(context: PeerContext, address: string): PlanNode | undefined {
  const family = parseAddress(address)?.family
  if (family === undefined) return undefined
  for (const node of context.nodes.values()) if (node.addresses[family] === address) return node
  return undefined
}
