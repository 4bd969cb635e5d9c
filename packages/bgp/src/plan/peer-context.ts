import {
  type BGPConfigurationSpec,
  type BGPPeer,
  type Family,
  parseAddress,
  parseAsNumber,
  parseDuration,
} from '@manx/api'
import type { Finding } from './desired.ts'
import type { PlanNode } from './input.ts'

/** What all session planners share. */
export interface PeerContext {
  readonly self: PlanNode
  readonly nodes: ReadonlyMap<string, PlanNode>
  readonly peers: readonly BGPPeer[]
  readonly passwords: ReadonlyMap<string, string>
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

type SecretReference = {
  readonly secretKeyRef?: { readonly name?: string; readonly key: string; readonly optional?: boolean }
}

/** TCP MD5 keys have at most 80 bytes in Linux. */
const longestPassword = 80

/** The password that a session needs: undefined for none, `false` when it needs one that is not there (reported). */
export function passwordFor(
  context: PeerContext,
  object: string,
  password: SecretReference | undefined,
): string | undefined | false {
  const reference = password?.secretKeyRef
  if (reference === undefined) return undefined
  const key = `${reference.name ?? ''}/${reference.key}`
  const value = context.passwords.get(key)
  if (value !== undefined && value !== '') {
    if (Buffer.byteLength(value) <= longestPassword) return value
    const message = `the password in Secret ${key} is longer than ${longestPassword} bytes: the session is not set up`
    context.report({ object, reason: 'Invalid', message })
    return false
  }
  if (reference.optional === true) return undefined
  const message = `needs a password from Secret ${key}, which is not there: the session is not set up`
  context.report({ object, reason: 'PasswordMissing', message })
  return false
}
