import type { Issue } from '../../kind.ts'

/** The conditions of a rule that cannot be followed: `protocol`, `source.nets`, `source` for all of it, or `` for the whole rule. */
export type Unreadable = ReadonlySet<string>

/** What issues about a rule, or about anything in it, say about its conditions. */
export function unreadableConditions(issues: readonly Issue[], rule: string): Set<string> {
  const conditions = issues.filter(({ path }) => isWithin(path, rule)).map(({ path }) => path.slice(rule.length + 1))
  return new Set(conditions.map(conditionOf).filter((condition) => condition !== 'metadata'))
}

/** Whether a path is the other one or something in it. */
export function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`)
}

/** `source.nets[1]` → `source.nets`, `icmp.code` → `icmp`. */
function conditionOf(path: string): string {
  const [first = '', second] = path.replaceAll(/\[[^\]]*\]/g, '').split('.')
  return (first === 'source' || first === 'destination') && second !== undefined ? `${first}.${second}` : first
}
