import { createHash } from 'node:crypto'
import { type Item, itemKey } from '../../calc/items.ts'
import { type Chain, type Hook, type Rule, type SetSpec, verdictText } from '../../calc/ruleset.ts'

/** Raised when the same rule is encoded differently than before, so that an upgrade rewrites the kernel's rules. */
const encoding = 1

const longestComment = 127

/** The comment that a rule has in the kernel: its words, and a hash by which it is recognized after a restart. */
export function ruleComment(rule: Rule): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([encoding, rule]))
    .digest('base64url')
    .slice(0, 16)
  return `${rule.comment} [${hash}]`.slice(-longestComment)
}

/**
 * What the kernel holds under a key, as text that is equal when nothing needs to be written. The first line of a chain's is
 * its frame (hook), the others its rules.
 */
export function itemFingerprint(item: Item): string {
  switch (item.kind) {
    case 'set':
      return setFingerprint(item.set)
    case 'chain':
      return chainFingerprint(item.chain.hook, item.chain.rules.map(ruleComment))
    case 'member':
      return ''
    case 'dispatch':
      return verdictText(item.verdict)
    default:
      throw new Error(`${itemKey(item)} is not part of the ruleset`)
  }
}

export function setFingerprint(set: SetSpec): string {
  return `${set.key.join(' . ')}${set.interval === true ? ' interval' : ''}${set.verdicts === true ? ' : verdict' : ''}`
}

export function chainFingerprint(hook: Hook | undefined, comments: readonly string[]): string {
  return [chainFrame(hook), ...comments].join('\n')
}

const chainFrame = (hook: Chain['hook']): string =>
  hook === undefined ? '' : `${hook.type} ${hook.hook} ${hook.priority}`

/** True when going from one fingerprint to the other needs the chain or set made anew, not only its contents. */
export const differentFrame = (a: string, b: string): boolean => a.split('\n', 1)[0] !== b.split('\n', 1)[0]
