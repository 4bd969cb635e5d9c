import type { Issue } from '../../kind.ts'
import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import { protocolIs } from '../../kinds/policy/protocol.ts'
import type { PolicyRuleSpec } from '../../kinds/policy/rule.ts'
import { isObject } from '../../schema/validate.ts'
import { longestServiceAccountLabel } from '../endpoint-labels.ts'
import type { IcmpMatch, PolicyRule, ProtocolNumber } from '../model.ts'
import { calicoProtocolNumber, protocolNumbers } from '../protocols.ts'
import { entityMatch } from './entity.ts'
import { type Unreadable, unreadableConditions } from './unreadable.ts'

export interface RuleContext {
  /** Undefined for policies without one. */
  readonly namespace: string | undefined
  /** Keep matches on services; else they are an issue. */
  readonly services: boolean
  /** What is wrong with the policy's document; what has no meaning here is added. */
  readonly issues: Issue[]
}

const denyAll: PolicyRule = { action: 'Deny' }

/**
 * The rules of one direction. One that allows or logs and has a condition that cannot be followed matches nothing. One that
 * denies or passes denies, without asking for that condition: what it was to keep out stays out.
 */
export function rulesOf(value: unknown, path: string, context: RuleContext): PolicyRule[] {
  if (context.issues.some((issue) => issue.path === path)) return [denyAll]
  return Array.isArray(value) ? value.flatMap((rule, index) => ruleOf(rule, `${path}[${index}]`, context)) : []
}

function ruleOf(value: unknown, path: string, context: RuleContext): PolicyRule[] {
  if (!isObject(value)) return [denyAll]
  // Conditions with issues are left out below; the others have the shape of the schema.
  const rule = value as unknown as PolicyRuleSpec
  const unreadable = unreadableConditions(context.issues, path)
  for (const issue of unsupported(rule, path, unreadable, context)) {
    context.issues.push(issue)
    for (const condition of unreadableConditions([issue], path)) unreadable.add(condition)
  }
  if (unreadable.size === 0) return expand(rule, context)
  if (!unreadable.has('action') && (rule.action === 'Allow' || rule.action === 'Log')) return []
  return expand({ ...readablePart(rule, unreadable), action: 'Deny' }, context)
}

/** What is valid, but cannot be said in the model or cannot be done. */
function* unsupported(
  rule: PolicyRuleSpec,
  path: string,
  unreadable: Unreadable,
  { services }: RuleContext,
): Generator<Issue> {
  if (rule.http !== undefined) {
    yield {
      path: `${path}.http`,
      value: rule.http,
      message: 'cannot be matched: Manx looks at packets, not into requests',
    }
  }
  for (const side of ['source', 'destination'] as const) {
    if (unreadable.has('') || unreadable.has(side) || !isObject(rule[side])) continue
    const entity: Partial<EntityRule> = rule[side]
    if (entity.services !== undefined && !services) {
      const message = 'cannot be followed here: write a selector of the pods of the service, and its ports'
      yield { path: `${path}.${side}.services`, value: entity.services, message }
    }
    if (!unreadable.has(`${side}.serviceAccounts`)) {
      for (const [index, name] of (entity.serviceAccounts?.names ?? []).entries()) {
        const field = `${path}.${side}.serviceAccounts.names[${index}]`
        const message = `must have at most ${longestServiceAccountLabel} characters: pods have no label for longer names; write serviceAccounts.selector`
        if (name.length > longestServiceAccountLabel) yield { path: field, value: name, message }
        else if (/["']/.test(name)) yield { path: field, value: name, message: 'must be the name of a service account' }
      }
    }
    if (rule.protocol === undefined && !asksPorts(rule) && (entity.notPorts ?? []).length > 0) {
      const message = 'needs protocol TCP, UDP or SCTP in the same rule: other packets have no ports'
      yield { path: `${path}.${side}.notPorts`, value: entity.notPorts, message }
    }
  }
}

/** The rule without conditions that cannot be followed, and without those that mean nothing alone. */
function readablePart(rule: PolicyRuleSpec, unreadable: Unreadable): Partial<PolicyRuleSpec> {
  if (unreadable.has('')) return {}
  const left = new Set(unreadable)
  const protocol = left.has('protocol') ? undefined : rule.protocol
  if (!protocolIs(protocol, ['ICMP', 'ICMPv6'])) for (const condition of ['icmp', 'notICMP']) left.add(condition)
  if (left.has('protocol')) {
    for (const side of ['source', 'destination'])
      for (const field of ['ports', 'notPorts']) left.add(`${side}.${field}`)
  }
  const entries = Object.entries(rule).flatMap(([name, value]) => {
    if (left.has(name)) return []
    if (name !== 'source' && name !== 'destination') return [[name, value]]
    const side = Object.entries(isObject(value) ? value : {}).filter(([field]) => !left.has(`${name}.${field}`))
    // Without its namespaceSelector a side would mean the policy's own namespace, which is less than was meant.
    const anywhere = left.has(`${name}.namespaceSelector`) ? [['namespaceSelector', anyPlace]] : []
    return [[name, Object.fromEntries([...side, ...anywhere])]]
  })
  return Object.fromEntries(entries)
}

const anyPlace = 'all() || global()'

function expand(rule: PolicyRuleSpec, { namespace }: RuleContext): PolicyRule[] {
  const source = entityMatch(rule.source ?? {}, namespace)
  const destination = entityMatch(rule.destination ?? {}, namespace)
  const icmp = icmpOf(rule.icmp)
  const notIcmp = icmpOf(rule.notICMP)
  return protocolsOf(rule).map((protocol) => ({
    action: rule.action,
    ...(rule.ipVersion === undefined ? {} : { ipVersion: rule.ipVersion }),
    ...protocol,
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
    ...(Object.keys(source).length === 0 ? {} : { source }),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  }))
}

interface ProtocolMatch {
  readonly protocol?: ProtocolNumber
  readonly notProtocol?: ProtocolNumber
}

function asksPorts({ source, destination }: Pick<PolicyRuleSpec, 'source' | 'destination'>): boolean {
  return [source, destination].some((side) => (side?.ports ?? []).length > 0)
}

/** Names of ports may go without a protocol; then they are asked for in each that has ports. */
function protocolsOf(rule: PolicyRuleSpec): ProtocolMatch[] {
  const { protocol, notProtocol } = rule
  const excluded = notProtocol === undefined ? undefined : calicoProtocolNumber(notProtocol)
  const not = excluded === undefined ? {} : { notProtocol: excluded }
  if (protocol !== undefined) return [{ protocol: calicoProtocolNumber(protocol), ...not }]
  if (!asksPorts(rule)) return [not]
  return [...protocolNumbers.values()].filter((number) => number !== excluded).map((number) => ({ protocol: number }))
}

/** Without a type there is no condition. */
function icmpOf(match: PolicyRuleSpec['icmp']): IcmpMatch | undefined {
  if (match?.type === undefined) return undefined
  return { type: match.type, ...(match.code === undefined ? {} : { code: match.code }) }
}
