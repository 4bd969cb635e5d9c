import { hash } from 'node:crypto'
import { type Item, itemKey } from '../../calc/items.ts'
import { type Chain, type Hook, type Rule, type SetSpec, verdictText } from '../../calc/ruleset.ts'

/** Raised when the same rule is encoded differently than before, so that an upgrade rewrites the kernel's rules. */
const encoding = 2

const longestComment = 127

// Items never change once they are made, so what was worked out for one holds as long as it lives.
const ruleComments = new WeakMap<Rule, string>()
const chainFingerprints = new WeakMap<Chain, string>()

/** The comment that a rule has in the kernel: its words, and a hash by which it is recognized after a restart. */
export function ruleComment(rule: Rule): string {
  const known = ruleComments.get(rule)
  if (known !== undefined) return known
  const suffix = ` [${digestOf(ruleText(rule))}]`
  const comment = shorten(rule.comment, longestComment - suffix.length) + suffix
  ruleComments.set(rule, comment)
  return comment
}

/** Equal for equal rules only. Most rules of lists are bare jumps, for which JSON is slow. */
function ruleText({ matches, action, counter, comment }: Rule): string {
  if (action.kind === 'jump' && matches.length === 0 && counter === undefined) {
    return `${encoding} jump ${action.chain} ${comment}`
  }
  return JSON.stringify([encoding, matches, action, counter, comment])
}

// Many chains have the same rules (jumps to the policies that their lists share), made anew with each chain.
const digests = new Map<string, string>()
const mostDigests = 4096

function digestOf(text: string): string {
  let digest = digests.get(text)
  if (digest !== undefined) return digest
  digest = hash('sha256', text, 'base64url').slice(0, 16)
  if (digests.size >= mostDigests) digests.clear()
  digests.set(text, digest)
  return digest
}

/** At most so many bytes of UTF-8, whole characters. */
function shorten(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text
  let kept = text.slice(0, bytes)
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1)
  return kept
}

/**
 * What the kernel holds under a key, as text that is equal when nothing needs to be written. The first line of a chain's is
 * its frame (hook), the others its rules.
 */
export function itemFingerprint(item: Item): string {
  switch (item.kind) {
    case 'set':
      return setFingerprint(item.set)
    case 'chain': {
      const { chain } = item
      let fingerprint = chainFingerprints.get(chain)
      if (fingerprint === undefined) {
        fingerprint = chainFingerprint(chain.hook, chain.rules.map(ruleComment))
        chainFingerprints.set(chain, fingerprint)
      }
      return fingerprint
    }
    case 'dispatch':
      return verdictText(item.verdict)
    default:
      throw new Error(`${itemKey(item)} has no fingerprint`)
  }
}

export function setFingerprint(set: SetSpec): string {
  return `${set.key.join(' . ')}${set.interval === true ? ' interval' : ''}${set.verdicts === true ? ' : verdict' : ''}`
}

export function chainFingerprint(hook: Hook | undefined, comments: readonly string[]): string {
  return [chainFrame(hook), ...comments].join('\n')
}

/** The rules' comments, of a chain's fingerprint. */
export const fingerprintRules = (fingerprint: string): readonly string[] => fingerprint.split('\n').slice(1)

const chainFrame = (hook: Chain['hook']): string =>
  hook === undefined ? '' : `${hook.type} ${hook.hook} ${hook.priority}`

/** True when going from one fingerprint to the other needs the chain or set made anew, not only its contents. */
export const differentFrame = (a: string, b: string): boolean => a.split('\n', 1)[0] !== b.split('\n', 1)[0]
