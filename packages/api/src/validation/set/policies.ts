import type { AnyKind } from '../../kind.ts'
import { GlobalNetworkPolicy } from '../../kinds/global-network-policy.ts'
import { CalicoNetworkPolicy } from '../../kinds/network-policy.ts'
import { typesOf } from '../../kinds/policy/policy-fields.ts'
import type { PolicyRuleSpec } from '../../kinds/policy/rule.ts'
import { comparePolicies } from '../../policy/compare-policies.ts'
import { readSelector } from './read-selector.ts'
import { tieredKinds, tierOf } from './tiers.ts'
import { comparisonCost, coversRule, takesAll } from './unreachable.ts'
import { describe, relatedTo, type World, type WorldObject, whereIs } from './world.ts'

const directions = ['ingress', 'egress'] as const
type Direction = (typeof directions)[number]

interface PolicySpec {
  readonly order?: number
  readonly selector?: string
  readonly namespaceSelector?: string
  readonly serviceAccountSelector?: string
  readonly types?: readonly string[]
  readonly ingress?: readonly PolicyRuleSpec[]
  readonly egress?: readonly PolicyRuleSpec[]
  readonly applyOnForward?: boolean
  readonly doNotTrack?: boolean
  readonly preDNAT?: boolean
}

/** Rules and policies that no packet gets to, and rules that nobody reads. */
export function checkPolicies(world: World): void {
  for (const kind of tieredKinds) {
    for (const policy of world.of(kind)) {
      if (policy.source !== undefined) checkRules(world, policy, specOf(policy))
    }
  }
  checkOrder(world)
}

function specOf({ object }: WorldObject): PolicySpec {
  const { spec } = object as unknown as { readonly spec: PolicySpec }
  return spec.types === undefined ? { ...spec, types: typesOf({ ...spec }) } : spec
}

const typeOf = (direction: Direction) => (direction === 'ingress' ? 'Ingress' : 'Egress')

function checkRules(world: World, policy: WorldObject, spec: PolicySpec): void {
  for (const direction of directions) {
    const rules = spec[direction] ?? []
    if (rules.length === 0) continue
    if (spec.types !== undefined && !spec.types.includes(typeOf(direction))) {
      const message = `is not read: spec.types has no ${typeOf(direction)}`
      world.warn(policy, 'IgnoredRules', { path: `spec.${direction}`, value: `${rules.length} rules`, message })
      continue
    }
    checkOneAfterTheOther(world, policy, direction, rules)
    const last = rules.at(-1)
    if (last?.action === 'Log' && !rules.slice(0, -1).some(takesAllAtOnce)) {
      const path = `spec.${direction}[${rules.length - 1}].action`
      const message =
        'is the last one: what it logs then meets the default action of the tier, which denies unless that is Pass'
      world.warn(policy, 'IgnoredRules', { path, value: 'Log', message })
    }
  }
}

const takesAllAtOnce = (rule: PolicyRuleSpec) => rule.action !== 'Log' && takesAll(rule)

/** So many rules before one are looked at; a policy has at most 1,024. */
const mostCompared = 200
/** So much work is done for the rules of one direction of a policy: no text takes ages, whatever it lists. */
const mostWork = 2_000_000

function checkOneAfterTheOther(
  world: World,
  policy: WorldObject,
  direction: Direction,
  rules: readonly PolicyRuleSpec[],
): void {
  const deciding: { readonly index: number; readonly rule: PolicyRuleSpec }[] = []
  let work = 0
  for (const [index, rule] of rules.entries()) {
    work += comparisonCost(rule) * deciding.length
    if (work > mostWork) return
    const taker = deciding.find((before) => coversRule(before.rule, rule))
    if (taker !== undefined) {
      const path = `spec.${direction}[${index}]`
      const message = `is never reached: ${direction}[${taker.index}] takes all that it would match (${taker.rule.action})`
      const related = relatedTo(policy, `spec.${direction}[${taker.index}]`, 'the rule that takes it')
      world.warn(policy, 'Unreachable', { path, value: rule.action, message }, related)
    } else if (rule.action !== 'Log' && deciding.length < mostCompared) deciding.push({ index, rule })
  }
}

const orderedKinds = [
  [CalicoNetworkPolicy, 'CalicoNetworkPolicy'],
  [GlobalNetworkPolicy, 'GlobalNetworkPolicy'],
] as const

/** Of policies for the same endpoints in one tier, those after one that takes all packets are never asked. */
function checkOrder(world: World): void {
  const policies = orderedKinds
    .flatMap(([definition, kind]) =>
      world.of<AnyKind>(definition).map((policy) => {
        const spec = specOf(policy)
        const { name, namespace } = policy
        return { policy, spec, place: { kind, name, namespace, order: spec.order ?? Number.POSITIVE_INFINITY } }
      }),
    )
    .toSorted((a, b) => comparePolicies(a.place, b.place))
  const takers = new Map<string, WorldObject>()
  for (const { policy, spec } of policies) {
    for (const direction of directions) {
      if (spec.types?.includes(typeOf(direction)) !== true) continue
      const flags = [spec.applyOnForward, spec.doNotTrack, spec.preDNAT].map((flag) => flag === true)
      const stage = [tierOf(policy), direction, ...flags].join('|')
      const own = `${stage}|${whomOf(policy, spec)}`
      const taker = takers.get(own) ?? takers.get(`${stage}|${whomOf({ namespace: '' }, {})}`)
      if (taker !== undefined) {
        if ((spec[direction] ?? []).length === 0) continue
        const message = `is never asked: ${describe(taker)} (${whereIs(taker)}) comes before it in the tier and takes all ${direction} packets of the same endpoints`
        const issue = { path: `spec.${direction}`, value: `${spec[direction]?.length ?? 0} rules`, message }
        world.warn(policy, 'Unreachable', issue, relatedTo(taker, `spec.${direction}`, describe(taker)))
      } else if ((spec[direction] ?? []).some(takesAllAtOnce)) takers.set(own, policy)
    }
  }
}

/** The endpoints that a policy is for, as text that is equal for equal conditions. */
function whomOf({ namespace }: Pick<WorldObject, 'namespace'>, spec: PolicySpec): string {
  const selectors = [spec.selector, spec.namespaceSelector, spec.serviceAccountSelector].map((text, index) =>
    text === undefined || text === '' ? (index === 0 ? 'all()' : '') : readSelector(text).canonical,
  )
  return [namespace, ...selectors].join(' ')
}
