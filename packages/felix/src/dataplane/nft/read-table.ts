import type { NftChain, NftTableDump, NftVerdict } from '@manx/netlink'
import { chainKey, elementKey, setKey } from '../../calc/items.ts'
import type { Hook } from '../../calc/ruleset.ts'
import { decodeParts, decodeSet, decodeVerdict } from './elements.ts'
import { chainFingerprint, setFingerprint } from './fingerprint.ts'

/** What the kernel's table holds, as fingerprints by the keys that items have. */
export function readTable(dump: NftTableDump): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const chain of dump.chains) {
    const comments = (dump.rules.get(chain.name) ?? []).map((rule) => rule.comment ?? '')
    found.set(chainKey(chain.name), chainFingerprint(hookOf(chain), comments))
  }
  for (const { set, elements } of dump.sets.values()) {
    const spec = decodeSet(set)
    found.set(setKey(set.name), spec === undefined ? 'unknown' : setFingerprint(spec))
    // Members of a set that is not ours in form go with it.
    if (spec === undefined) continue
    for (const element of elements) {
      const verdict = isVerdict(element.data) ? decodeVerdict(element.data) : ''
      found.set(elementKey(set.name, decodeParts(spec, element.key)), verdict)
    }
  }
  return found
}

function hookOf(chain: NftChain): Hook | undefined {
  const base = chain.base
  if (base === undefined) return undefined
  const { type, hook, priority } = base
  // A policy or hook that we never make must not look like one that we do.
  if (hook === 'ingress' || (base.policy ?? 'accept') !== 'accept')
    return { type, hook: 'output', priority: Number.NaN }
  return { type, hook, priority }
}

const isVerdict = (data: unknown): data is NftVerdict => typeof data === 'object' && data !== null && 'verdict' in data
