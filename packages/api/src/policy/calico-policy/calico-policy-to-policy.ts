import type { AnyKind, Issue } from '../../kind.ts'
import { GlobalNetworkPolicy, type GlobalNetworkPolicySpec } from '../../kinds/global-network-policy.ts'
import { CalicoNetworkPolicy } from '../../kinds/network-policy.ts'
import { typesOf } from '../../kinds/policy/policy-fields.ts'
import { StagedGlobalNetworkPolicy } from '../../kinds/staged-global-network-policy.ts'
import { StagedNetworkPolicy } from '../../kinds/staged-network-policy.ts'
import { fillDefaults } from '../../schema/defaults.ts'
import { isObject, withoutNulls } from '../../schema/validate.ts'
import { and, equal } from '../../selectors/build.ts'
import { canonicalSelector } from '../../selectors/canonical.ts'
import { selectorOfNamespaces, selectorOfServiceAccounts } from '../../selectors/prefix-labels.ts'
import { parseSelector } from '../../selectors/selector.ts'
import { explainObjectName, validate } from '../../validate.ts'
import { endpointLabelNames } from '../endpoint-labels.ts'
import { defaultTier, type Policy, type PolicyDirection, type StagedAction } from '../model.ts'
import type { ConvertedPolicy } from '../network-policy/network-policy-to-policy.ts'
import { rulesOf } from './rules.ts'
import { isWithin } from './unreadable.ts'

export interface CalicoPolicyOptions {
  /** Keep matches on services as `EntityMatch.service`, because the caller follows them; else each is an issue. */
  readonly services?: boolean
}

const kinds = new Map<AnyKind, Policy['kind']>([
  [CalicoNetworkPolicy, 'CalicoNetworkPolicy'],
  [GlobalNetworkPolicy, 'GlobalNetworkPolicy'],
  [StagedNetworkPolicy, 'StagedNetworkPolicy'],
  [StagedGlobalNetworkPolicy, 'StagedGlobalNetworkPolicy'],
])

/** Of these the policy is nothing without: nobody can say whom it is for, or when. */
const essential = [
  ...['selector', 'namespaceSelector', 'serviceAccountSelector', 'tier', 'order', 'stagedAction'],
  ...['applyOnForward', 'doNotTrack', 'preDNAT'],
].map((field) => `spec.${field}`)

/**
 * Brings a policy of one of Calico's four kinds with rules into the one form of all policies. Takes anything and never throws:
 * what cannot be read or followed is named in `issues`, and lets nothing through (see `rulesOf`). A policy of which it cannot be
 * read which one it is, when it is asked, or whom it is for has no effect.
 */
export function calicoPolicyToPolicy(
  definition: AnyKind,
  object: unknown,
  { services = false }: CalicoPolicyOptions = {},
): ConvertedPolicy {
  const kind = kinds.get(definition)
  if (kind === undefined) throw new Error(`${definition.kind} is no kind of policy with Calico's rules`)
  const issues: Issue[] = validate(definition, object)
  const place = readPlace(definition, object, issues)
  const stored = isObject(object) ? object.spec : undefined
  const written = hasNulls(stored) ? withoutNulls(definition.spec.node, stored) : stored
  if (place === undefined || !isObject(written)) return { policy: undefined, issues }
  if (issues.some(({ path }) => essential.some((field) => isWithin(path, field)))) return { policy: undefined, issues }
  const wrong = (field: string) => issues.some(({ path }) => isWithin(path, `spec.${field}`))
  const { ingress, egress, ...others } = written
  const listed = wrong('types') || written.types === undefined ? typesOf(written) : written.types
  // Rules have no defaults, and are most of a policy.
  const spec = fillDefaults(definition.spec.node, { ...others, types: listed }) as GlobalNetworkPolicySpec & {
    readonly stagedAction?: StagedAction
  }
  const types = new Set<PolicyDirection>(spec.types)
  // A list of rules that cannot be read was to be about its direction.
  if (issues.some(({ path }) => path === 'spec.ingress')) types.add('Ingress')
  if (issues.some(({ path }) => path === 'spec.egress')) types.add('Egress')
  const context = { namespace: place.namespace, services, issues }
  const rules = (direction: PolicyDirection, field: 'ingress' | 'egress') =>
    types.has(direction) ? rulesOf(field === 'ingress' ? ingress : egress, `spec.${field}`, context) : []
  const { performanceHints: hints = [] } = spec
  const policy: Policy = {
    kind,
    ...place,
    tier: spec.tier === undefined || spec.tier === '' ? defaultTier.name : spec.tier,
    order: spec.order ?? Number.POSITIVE_INFINITY,
    selector: selectorOfPolicy(spec, place.namespace),
    types: (['Ingress', 'Egress'] as const).filter((type) => types.has(type)),
    ingress: rules('Ingress', 'ingress'),
    egress: rules('Egress', 'egress'),
    ...(spec.stagedAction === undefined ? {} : { staged: spec.stagedAction }),
    ...(spec.applyOnForward === true ? { applyOnForward: true } : {}),
    ...(spec.doNotTrack === true ? { doNotTrack: true } : {}),
    ...(spec.preDNAT === true ? { preDNAT: true } : {}),
    ...(hints.length === 0 || wrong('performanceHints') ? {} : { performanceHints: hints }),
  }
  return { policy, issues }
}

/** The API server leaves nulls out, so that this is nearly always false. */
function hasNulls(value: unknown): boolean {
  if (typeof value !== 'object') return false
  return value === null || Object.values(value).some(hasNulls)
}

interface Place {
  readonly namespace?: string
  readonly name: string
}

function readPlace(definition: AnyKind, object: unknown, issues: Issue[]): Place | undefined {
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {}
  const { name, namespace } = metadata
  if (typeof name !== 'string' || explainObjectName(name) !== undefined) return undefined
  if (definition.scope === 'Cluster') return { name }
  const message = explainObjectName(namespace)
  if (typeof namespace === 'string' && message === undefined) return { namespace, name }
  issues.push({ path: 'metadata.namespace', value: namespace, message: message ?? 'is required' })
  return undefined
}

function selectorOfPolicy(spec: GlobalNetworkPolicySpec, namespace: string | undefined): string {
  const { selector = '', namespaceSelector = '', serviceAccountSelector = '' } = spec
  return canonicalSelector(
    and([
      parseSelector(selector).node,
      ...(namespace === undefined ? [] : [equal(endpointLabelNames.namespace, namespace)]),
      ...(namespaceSelector === '' ? [] : [selectorOfNamespaces(parseSelector(namespaceSelector).node)]),
      ...(serviceAccountSelector === '' ? [] : [selectorOfServiceAccounts(parseSelector(serviceAccountSelector).node)]),
    ]),
  )
}
