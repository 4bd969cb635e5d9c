import { type Family, parsePrefix } from '@manx/api'
import { api } from '../gen/gobgp.js'
import type { DesiredPolicy, PrefixRange } from '../plan/desired.ts'

/** Both policies have fixed names, so that gobgpd keeps their assignment when their contents are replaced. */
export const importPolicy = 'manx-import'
export const exportPolicy = 'manx-export'

const { ROUTE_ACTION_ACCEPT: accept, ROUTE_ACTION_REJECT: reject } = api.RouteAction
const { ROUTE_TYPE_LOCAL: local } = api.RouteType
const any = api.MatchType.MATCH_TYPE_ANY

/**
 * An entry that matches nothing real. A neighbour set without entries would match every neighbour, and a prefix set
 * without entries has no family.
 */
const placeholder = { 4: '0.0.0.0/32', 6: '::/128' } as const

/** Sets and policies in one message; the policies are put in place by name (`assignments`). */
export function policyMessage(policy: DesiredPolicy): api.SetPoliciesRequest.$Properties {
  return {
    definedSets: [
      ...prefixSets('own', policy.ownBlocks),
      ...prefixSets('pools', policy.pools),
      ...prefixSets('withheld', policy.withheld),
      neighborSet('reflect', policy.reflectTo),
      neighborSet('next-hop-self', policy.nextHopSelf),
      neighborSet('next-hop-keep', policy.nextHopKeep),
    ],
    policies: [
      {
        name: importPolicy,
        statements: [
          // Paths that we originate pass through the import policy, too.
          statement('import-local', { routeType: local }, accept),
          ...byFamily((family) => statement(`import-own-${family}`, prefixes(`own-${family}`), reject)),
          ...byFamily((family) => statement(`import-pools-${family}`, prefixes(`pools-${family}`), accept)),
          ...(policy.importAll ? [statement('import-all', {}, accept)] : []),
        ],
      },
      {
        name: exportPolicy,
        statements: [
          ...byFamily((family) => statement(`export-withheld-${family}`, prefixes(`withheld-${family}`), reject)),
          statement('export-local', { routeType: local }, accept),
          {
            name: 'export-next-hop-self',
            conditions: neighbors('next-hop-self'),
            actions: { nexthop: { self: true } },
          },
          {
            name: 'export-next-hop-keep',
            conditions: neighbors('next-hop-keep'),
            actions: { nexthop: { unchanged: true } },
          },
          ...byFamily((family) =>
            statement(`export-reflect-${family}`, { ...prefixes(`pools-${family}`), ...neighbors('reflect') }, accept),
          ),
        ],
      },
    ],
  }
}

/** Makes both policies count. What no statement accepts is refused. */
export const assignments: readonly api.PolicyAssignment.$Properties[] = [
  {
    name: 'global',
    direction: api.PolicyDirection.POLICY_DIRECTION_IMPORT,
    policies: [{ name: importPolicy }],
    defaultAction: reject,
  },
  {
    name: 'global',
    direction: api.PolicyDirection.POLICY_DIRECTION_EXPORT,
    policies: [{ name: exportPolicy }],
    defaultAction: reject,
  },
]

/** A text that is the same for messages and readings that mean the same. */
export function policyFingerprint(
  sets: readonly api.DefinedSet.$Properties[],
  policies: readonly api.Policy.$Properties[],
): string {
  const setTexts = sets.map(({ name, list, prefixes: ranges }) => {
    const entries = (ranges ?? []).map((range) => `${range.ipPrefix} ${range.maskLengthMin}..${range.maskLengthMax}`)
    return `${name}: ${[...entries, ...(list ?? [])].sort(byText).join(' ')}`
  })
  const policyTexts = policies.map(
    ({ name, statements }) => `${name}: ${(statements ?? []).map((one) => one.name).join(' ')}`,
  )
  return [...setTexts.sort(byText), ...policyTexts.sort(byText)].join('\n')
}

/** What must be evaluated again after a change; sessions that come and go with it need nothing. */
export interface PolicyEffect {
  /** All received routes. */
  readonly incoming: boolean
  /** All routes to send. */
  readonly outgoing: boolean
  /** The routes to send to these peers only. */
  readonly outgoingTo: readonly string[]
}

export const everything: PolicyEffect = { incoming: true, outgoing: true, outgoingTo: [] }
export const nothing: PolicyEffect = { incoming: false, outgoing: false, outgoingTo: [] }

/** What either asks for. */
export function bothEffects(a: PolicyEffect, b: PolicyEffect): PolicyEffect {
  return {
    incoming: a.incoming || b.incoming,
    outgoing: a.outgoing || b.outgoing,
    outgoingTo: [...new Set([...a.outgoingTo, ...b.outgoingTo])],
  }
}

/**
 * A new own block needs no second look: the route that we originate wins over what came before. One that is ours no more does:
 * the node that has it now may have told of it while we still refused that.
 */
export function policyEffect(before: DesiredPolicy, after: DesiredPolicy): PolicyEffect {
  const kept = new Set(after.ownBlocks.map(rangeText))
  const givenAway = before.ownBlocks.some((range) => !kept.has(rangeText(range)))
  const pools = !sameRanges(before.pools, after.pools)
  const moved = (['reflectTo', 'nextHopSelf', 'nextHopKeep'] as const).flatMap((field) =>
    symmetricDifference(before[field], after[field]),
  )
  return {
    incoming: pools || givenAway || before.importAll !== after.importAll,
    outgoing: !sameRanges(before.withheld, after.withheld) || (pools && after.reflectTo.length > 0),
    outgoingTo: [...new Set(moved)],
  }
}

function prefixSets(name: string, ranges: readonly PrefixRange[]): api.DefinedSet.$Properties[] {
  return byFamily((family) => ({
    name: `${name}-${family}`,
    definedType: api.DefinedType.DEFINED_TYPE_PREFIX,
    prefixes: [
      { ipPrefix: placeholder[family], maskLengthMin: family === 4 ? 32 : 128, maskLengthMax: family === 4 ? 32 : 128 },
      ...ranges
        .filter(({ prefix }) => parsePrefix(prefix)?.family === family)
        .map(({ prefix, min, max }) => ({ ipPrefix: prefix, maskLengthMin: min, maskLengthMax: max })),
    ],
  }))
}

function neighborSet(name: string, addresses: readonly string[]): api.DefinedSet.$Properties {
  const hosts = addresses.map((address) => `${address}/${address.includes(':') ? 128 : 32}`)
  return { name, definedType: api.DefinedType.DEFINED_TYPE_NEIGHBOR, list: [placeholder[4], ...hosts] }
}

function statement(
  name: string,
  conditions: api.Conditions.$Properties,
  routeAction: api.RouteAction,
): api.Statement.$Properties {
  return { name, conditions, actions: { routeAction } }
}

function prefixes(name: string): api.Conditions.$Properties {
  return { prefixSet: { type: any, name } }
}

function neighbors(name: string): api.Conditions.$Properties {
  return { neighborSet: { type: any, name } }
}

function byFamily<T>(of: (family: Family) => T): T[] {
  return [of(4), of(6)]
}

function sameRanges(a: readonly PrefixRange[], b: readonly PrefixRange[]): boolean {
  return a.map(rangeText).join() === b.map(rangeText).join()
}

function rangeText({ prefix, min, max }: PrefixRange): string {
  return `${prefix} ${min} ${max}`
}

function symmetricDifference(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((one) => !b.includes(one)), ...b.filter((one) => !a.includes(one))]
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
