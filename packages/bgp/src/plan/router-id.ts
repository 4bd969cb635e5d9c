import { createHash } from 'node:crypto'
import { parseAddress } from '@manx/api'
import type { PlanNode, PlanSettings } from './input.ts'

/** The BGP identifier of a node; undefined when the setting is not usable. */
export function routerIdOf(node: PlanNode, setting: PlanSettings['routerId']): string | undefined {
  if (setting === undefined || setting === '') return node.addresses[4] ?? hashedRouterId(node.name)
  if (setting === 'hash') return hashedRouterId(node.name)
  return parseAddress(setting)?.family === 4 ? setting : undefined
}

function hashedRouterId(name: string): string {
  const [first = 0, ...rest] = createHash('sha256').update(name).digest().subarray(0, 4)
  // Identifiers look like unicast addresses: some implementations refuse 0/8 and 224/3.
  return [1 + (first % 223), ...rest].join('.')
}
