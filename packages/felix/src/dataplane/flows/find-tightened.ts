import { chainKey, setKey } from '../../calc/items.ts'
import type { Chain } from '../../calc/ruleset.ts'
import type { MemberChanges } from '../nft/fill-transaction.ts'
import { fingerprintRules, ruleComment } from '../nft/fingerprint.ts'
import { memberParts } from '../nft/set-members.ts'
import type { Plan, TableState } from '../nft/table-state.ts'
import type { PolicyGraph } from './policy-graph.ts'

/** Where a transaction may have forbidden what was allowed before. */
export interface Tightened {
  /** Flows of these interfaces' endpoints. */
  readonly interfaces: ReadonlySet<string>
  /** Flows from or to these addresses, whoever the other end is. */
  readonly addresses: ReadonlySet<string>
}

/** From so many addresses on it is less work to look at the flows of the endpoints concerned. */
const manyAddresses = 1000

/** To be asked before the transaction is noted in `state`. What is new in the kernel had nothing to tighten. */
export function findTightened(plan: Plan, state: TableState, graph: PolicyGraph): Tightened {
  const interfaces = new Set<string>()
  const addresses = new Set<string>()
  const chains = new Set<string>()
  for (const [key, item] of plan.keyed) {
    const before = state.actual(key)
    if (before === undefined) continue
    const [name] = item.kind === 'dispatch' && item.verdict.kind !== 'accept' ? item.parts : []
    if (name !== undefined) interfaces.add(name)
    if (item.kind === 'chain' && !onlyOpens(before, item.chain)) chains.add(item.chain.name)
  }
  for (const changes of plan.members) {
    const { set } = changes
    const readers = graph.readersOf(set.name)
    if (readers.size === 0 || state.actual(setKey(set.name)) === undefined) continue
    const members = [...closing(changes, readers, graph)]
    if (members.length === 0 || graph.interfacesOf(readers).size === 0) continue
    const single = set.interval !== true && (set.key[0] === 'ipv4' || set.key[0] === 'ipv6')
    if (single && members.length < manyAddresses) {
      for (const member of members) addresses.add(memberParts(member)[0] ?? '')
    } else for (const reader of readers) chains.add(reader)
  }
  for (const name of graph.interfacesOf(chains)) interfaces.add(name)
  return { interfaces, addresses }
}

/** True when all that the chain did before it still does, and what came to it only lets more through. */
function onlyOpens(before: string, { rules }: Chain): boolean {
  const old = fingerprintRules(before)
  let kept = 0
  for (const rule of rules) {
    if (kept < old.length && ruleComment(rule) === old[kept]) kept++
    else if (rule.action.kind !== 'accept' && rule.action.kind !== 'log') return false
  }
  return kept === old.length
}

/** Members whose coming or going may have forbidden something. */
function* closing(
  { set, added, removed }: MemberChanges,
  readers: ReadonlySet<string>,
  graph: PolicyGraph,
): Generator<string> {
  let opens = false
  let closes = false
  for (const reader of readers) {
    for (const { matches, action } of graph.chain(chainKey(reader))?.rules ?? []) {
      const uses = matches.filter((match) => match.kind === 'set').filter((match) => match.set === set.name)
      if (uses.length === 0) continue
      const positive = uses.every(({ not }) => not !== true)
      // To be in the set lets more through if that is what the rule does with its members; else anything may be.
      if (!positive || action.kind !== 'drop') opens = true
      if (!positive || action.kind !== 'accept') closes = true
    }
  }
  if (closes) yield* added
  if (opens) yield* removed
}
