import type { NftChain, NftTableDump, NftVerdict } from '@manx/netlink'
import { chainKey, elementKey, setKey } from '../../calc/items.ts'
import type { Hook, SetSpec } from '../../calc/ruleset.ts'
import { decodeParts, decodeSet, decodeVerdict } from './elements.ts'
import { chainFingerprint, setFingerprint } from './fingerprint.ts'
import { memberKey } from './set-members.ts'

/** What the kernel's table holds. */
export interface TableContents {
  /** Fingerprints of chains, sets and verdicts by the keys that items have. */
  readonly items: ReadonlyMap<string, string>
  /** Members of sets, but not of maps, by `memberKey`. A set that has another form than the wanted one is left out: it goes as a whole. */
  readonly members: ReadonlyMap<string, readonly string[]>
}

/** Reads a dump; `wanted` tells the form of the sets that should be there. */
export function readTable(dump: NftTableDump, wanted: (set: string) => SetSpec | undefined): TableContents {
  const items = new Map<string, string>()
  const members = new Map<string, readonly string[]>()
  for (const chain of dump.chains) {
    const comments = (dump.rules.get(chain.name) ?? []).map((rule) => rule.comment ?? '')
    items.set(chainKey(chain.name), chainFingerprint(hookOf(chain), comments))
  }
  for (const { set, elements } of dump.sets.values()) {
    const spec = decodeSet(set)
    const fingerprint = spec === undefined ? 'unknown' : setFingerprint(spec)
    items.set(setKey(set.name), fingerprint)
    const want = wanted(set.name)
    if (spec === undefined || want === undefined || setFingerprint(want) !== fingerprint) continue
    if (spec.verdicts !== true) {
      members.set(
        set.name,
        elements.map((element) => memberKey(decodeParts(spec, element.key))),
      )
      continue
    }
    for (const element of elements) {
      const verdict = isVerdict(element.data) ? decodeVerdict(element.data) : ''
      items.set(elementKey(set.name, decodeParts(spec, element.key)), verdict)
    }
  }
  return { items, members }
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
