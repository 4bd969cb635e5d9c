import type { Family, Policy, PolicyDirection, PolicyRule, RuleAction } from '@manx/api'
import type { Action, Chain, Rule } from '../ruleset.ts'
import type { PolicySet } from '../sets/policy-set.ts'
import { type Clause, clausesOf } from './clause.ts'
import { encodeClause } from './encode-clause.ts'
import { mergeClauses } from './merge-clauses.ts'
import { policyChainName, policyTitle } from './policy-names.ts'

export interface CompileOptions {
  readonly families: readonly Family[]
  /** The bit of the packet's mark that says: passed to the next tier. */
  readonly passMark: number
  /** Begins the kernel's log lines of Log rules. */
  readonly logPrefix: string
}

export interface CompiledPolicy {
  readonly chain: Chain
  /** Everything that the chain looks up, each once. */
  readonly sets: readonly PolicySet[]
}

/** The rules of a policy for one direction. A packet that none of them decides comes back from the chain. */
export function compilePolicy(policy: Policy, direction: PolicyDirection, options: CompileOptions): CompiledPolicy {
  const rules = direction === 'Ingress' ? policy.ingress : policy.egress
  const title = `${policyTitle(policy)} ${direction.toLowerCase()}`
  const sets = new Map<string, PolicySet>()
  const encoded = runsOf(rules, direction, options.families).flatMap((run) =>
    run.map((clause): Rule => {
      const { matches, sets: used } = encodeClause(clause)
      for (const set of used) sets.set(set.name, set)
      return {
        matches,
        ...(clause.action === 'Deny' ? { counter: true } : {}),
        action: actionOf(clause.action, options),
        comment: `${title} ${positionsText(clause.rules)}`,
      }
    }),
  )
  return { chain: { name: policyChainName(policy, direction), rules: encoded }, sets: [...sets.values()] }
}

/** True when a packet may come back from the policy's chain marked for the next tier. */
export function mayPass(policy: Policy, direction: PolicyDirection): boolean {
  return (direction === 'Ingress' ? policy.ingress : policy.egress).some(({ action }) => action === 'Pass')
}

/** True when nothing comes of the policy but that it lets packets through: it may be asked before or after others like it. */
export function onlyAllows(policy: Policy, direction: PolicyDirection): boolean {
  return (direction === 'Ingress' ? policy.ingress : policy.egress).every(({ action }) => action === 'Allow')
}

/** Between rules of one action the order does not matter. */
function runsOf(
  rules: readonly PolicyRule[],
  direction: PolicyDirection,
  families: readonly Family[],
): readonly (readonly Clause[])[] {
  const runs: { readonly action: RuleAction; readonly clauses: Clause[] }[] = []
  for (const [position, rule] of rules.entries()) {
    const clauses = clausesOf(rule, position, direction, families)
    const run = runs.at(-1)
    if (run?.action === rule.action && rule.action !== 'Log') run.clauses.push(...clauses)
    else runs.push({ action: rule.action, clauses: [...clauses] })
  }
  return runs.map(({ action, clauses }) => (action === 'Log' ? clauses : mergeClauses(clauses)))
}

function actionOf(action: RuleAction, { passMark, logPrefix }: CompileOptions): Action {
  switch (action) {
    case 'Allow':
      return { kind: 'accept' }
    case 'Deny':
      return { kind: 'drop' }
    case 'Pass':
      return { kind: 'set-mark', mask: passMark, value: passMark, next: 'return' }
    case 'Log':
      return { kind: 'log', prefix: `${logPrefix}: ` }
  }
}

/** `0-2, 5`; of very many only the first and the last. */
function positionsText(positions: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const position of positions) {
    const last = ranges.at(-1)
    if (last?.to === position - 1) last.to = position
    else ranges.push({ from: position, to: position })
  }
  if (ranges.length > 4) return `${positions[0]}, ..., ${positions.at(-1)}`
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}
