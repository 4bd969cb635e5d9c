import { networkPolicies, nodes } from '../../core/kinds.ts'
import type { AnyKind } from '../../kind.ts'
import { BGPPeer } from '../../kinds/bgp-peer.ts'
import { FelixConfiguration } from '../../kinds/felix-configuration.ts'
import { GlobalNetworkPolicy } from '../../kinds/global-network-policy.ts'
import { IPPool } from '../../kinds/ip-pool.ts'
import { CalicoNetworkPolicy } from '../../kinds/network-policy.ts'
import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import { isNumericPort } from '../../kinds/policy/port.ts'
import type { PolicyRuleSpec } from '../../kinds/policy/rule.ts'
import { StagedGlobalNetworkPolicy } from '../../kinds/staged-global-network-policy.ts'
import { StagedNetworkPolicy } from '../../kinds/staged-network-policy.ts'
import { endpointLabelNames } from '../../policy/endpoint-labels.ts'
import { networkPolicyToPolicy } from '../../policy/network-policy/network-policy-to-policy.ts'
import { and, equal, oneOf } from '../../selectors/build.ts'
import type { SelectorNode } from '../../selectors/node.ts'
import {
  namespaceLabelPrefix,
  selectorOfNamespaces,
  selectorOfServiceAccounts,
  serviceAccountLabelPrefix,
} from '../../selectors/prefix-labels.ts'
import { suggest } from '../../suggest.ts'
import { Labelled } from './labelled.ts'
import { readSelector } from './read-selector.ts'
import { cannotMatch } from './satisfiable.ts'
import { labelsOf, type Universe, universeOf } from './universe.ts'
import type { World, WorldObject } from './world.ts'

/** Selectors that contradict themselves, and those that match nothing of what is known. */
export function checkSelectors(world: World): void {
  const universe = universeOf(world)
  for (const kind of [CalicoNetworkPolicy, StagedNetworkPolicy, GlobalNetworkPolicy, StagedGlobalNetworkPolicy]) {
    for (const policy of world.of<AnyKind>(kind)) {
      if (policy.source !== undefined) checkPolicy(world, universe, policy)
    }
  }
  for (const policy of world.ofCore(networkPolicies)) {
    if (policy.source !== undefined) checkKubernetesPolicy(world, universe, policy)
  }
  checkNodeSelectors(world)
}

interface PolicySpec extends Pick<EntityRule, 'selector' | 'namespaceSelector'> {
  readonly serviceAccountSelector?: string
  readonly ingress?: readonly PolicyRuleSpec[]
  readonly egress?: readonly PolicyRuleSpec[]
}

function checkPolicy(world: World, universe: Universe, policy: WorldObject): void {
  const { spec } = policy.object as unknown as { readonly spec: PolicySpec }
  // Documents may leave the namespace to the command line; which one that is nobody knows here.
  const namespace = policy.namespace
  const namespaced = policy.kind === 'NetworkPolicy' || policy.kind === 'StagedNetworkPolicy'
  const ask = asker(world, universe, policy, namespaced ? namespace : undefined)
  const subject = and([
    ...(namespaced && namespace !== '' ? [equal(endpointLabelNames.namespace, namespace)] : []),
    ...textsOf(spec.selector),
    ...textsOf(spec.namespaceSelector).map(selectorOfNamespaces),
    ...textsOf(spec.serviceAccountSelector).map(selectorOfServiceAccounts),
  ])
  const given = (['selector', 'namespaceSelector', 'serviceAccountSelector'] as const).find((field) =>
    isGiven(spec[field]),
  )
  if (given !== undefined) ask(subject, universe.endpoints, `spec.${given}`, spec[given], 'endpoint')
  for (const direction of ['ingress', 'egress'] as const) {
    for (const [index, rule] of (spec[direction] ?? []).entries()) {
      for (const side of ['source', 'destination'] as const) {
        const entity = rule[side]
        if (entity === undefined) continue
        const path = `spec.${direction}[${index}].${side}`
        checkEntity(entity, path, namespaced ? namespace : undefined, universe, ask)
        checkPortNames(world, universe, policy, entity.ports ?? [], `${path}.ports`)
      }
    }
  }
}

type Ask = (node: SelectorNode, among: Labelled, path: string, value: unknown, what: string) => void

function checkEntity(
  entity: EntityRule,
  path: string,
  namespace: string | undefined,
  universe: Universe,
  ask: Ask,
): void {
  const { selector, namespaceSelector, serviceAccounts } = entity
  const names = serviceAccounts?.names ?? []
  const conditions = [
    ...textsOf(selector),
    ...textsOf(namespaceSelector).map(selectorOfNamespaces),
    ...textsOf(serviceAccounts?.selector).map(selectorOfServiceAccounts),
    ...(names.length === 0 ? [] : [oneOf(endpointLabelNames.serviceAccount, names)]),
  ]
  if (conditions.length === 0) return
  const local = namespace !== undefined && namespace !== '' && !isGiven(namespaceSelector)
  const within = local ? [equal(endpointLabelNames.namespace, namespace)] : []
  const [field, value] = isGiven(selector)
    ? ['selector', selector]
    : isGiven(namespaceSelector)
      ? ['namespaceSelector', namespaceSelector]
      : ['serviceAccounts', serviceAccounts]
  ask(and([...within, ...conditions]), universe.peers, `${path}.${field}`, value, 'endpoint or network set')
}

function checkPortNames(
  world: World,
  universe: Universe,
  policy: WorldObject,
  ports: readonly (string | number)[],
  path: string,
): void {
  if (!universe.complete || universe.portNames.size === 0) return
  for (const [index, port] of ports.entries()) {
    if (isNumericPort(port) || universe.portNames.has(String(port))) continue
    const near = suggest(String(port), universe.portNames)
    const message = `is no name of a port of any pod or host endpoint${near === undefined ? '' : `: write ${near}`}`
    const issue = {
      path: `${path}[${index}]`,
      value: port,
      message,
      ...(near === undefined ? {} : { suggestion: near }),
    }
    world.warn(policy, 'MatchesNothing', issue)
  }
}

/** `namespace` is that of the policy, when it has one. */
function asker(world: World, universe: Universe, policy: WorldObject, namespace: string | undefined): Ask {
  return (node, among, path, value, what) => {
    if (cannotMatch(node)) {
      world.warn(policy, 'MatchesNothing', { path, value, message: 'contradicts itself: it matches nothing, ever' })
      return
    }
    // Without the cluster, only a namespace whose pods are in the documents can be looked through.
    const confined = namespace !== undefined && universe.namespaces.has(namespace) && isConfined(node, namespace)
    if (!(universe.complete || confined) || among.matchesAny(node)) return
    const where = universe.complete ? 'there is' : `these documents have in the namespace ${namespace}`
    const why = among.explain(node, shownLabel)
    const message = `matches no ${what} that ${where}${why === undefined ? '' : `: ${why}`}`
    world.warn(policy, 'MatchesNothing', { path, value, message })
  }
}

/** Only endpoints of the namespace can match, and nothing that is asked for is kept elsewhere. */
function isConfined(node: SelectorNode, namespace: string): boolean {
  const terms = node.type === 'and' ? node.operands : [node]
  const inNamespace = terms.some(
    (term) => term.type === 'equal' && term.label === endpointLabelNames.namespace && term.value === namespace,
  )
  return inNamespace && !labelsIn(node).some((label) => isLent(label))
}

function isLent(label: string): boolean {
  return label.startsWith(namespaceLabelPrefix) || label.startsWith(serviceAccountLabelPrefix)
}

/** A label as users write it; nothing for those that selectors get from where they stand. */
function shownLabel(label: string): string | undefined {
  if (label === endpointLabelNames.namespace || label === endpointLabelNames.orchestrator) return undefined
  return isLent(label) ? label.slice(namespaceLabelPrefix.length) : label
}

function labelsIn(node: SelectorNode): string[] {
  switch (node.type) {
    case 'all':
    case 'global':
      return []
    case 'not':
      return labelsIn(node.operand)
    case 'and':
    case 'or':
      return node.operands.flatMap(labelsIn)
    default:
      return [node.label]
  }
}

function checkKubernetesPolicy(world: World, universe: Universe, object: WorldObject): void {
  const namespace = object.namespace === '' ? 'default' : object.namespace
  const metadata = { ...object.object.metadata, namespace }
  const { policy } = networkPolicyToPolicy({ ...object.object, metadata })
  if (policy === undefined) return
  const ask = asker(world, universe, object, namespace)
  const { spec } = object.object as { readonly spec?: Readonly<Record<string, unknown>> }
  const { podSelector } = spec ?? {}
  if (podSelector !== undefined && JSON.stringify(podSelector) !== '{}') {
    ask(readSelector(policy.selector).node, universe.endpoints, 'spec.podSelector', podSelector, 'pod')
  }
  for (const [direction, field] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    const rules = spec?.[direction]
    if (!Array.isArray(rules)) continue
    for (const [index, rule] of rules.entries()) {
      const peers = (rule as Readonly<Record<string, unknown>> | null)?.[field]
      if (!Array.isArray(peers)) continue
      for (const [which, peer] of peers.entries()) {
        const path = `spec.${direction}[${index}].${field}[${which}]`
        const entity = entityOfPeer(metadata, peer)
        if (entity !== undefined) ask(entity, universe.peers, path, peer, 'pod')
      }
    }
  }
}

/** The selector of one peer, as the policy's conversion reads it. */
function entityOfPeer(metadata: object, peer: unknown): SelectorNode | undefined {
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [peer] }] }
  const { policy } = networkPolicyToPolicy({ metadata, spec })
  const selector = policy?.ingress[0]?.source?.selector
  return selector === undefined ? undefined : readSelector(selector).node
}

/** Selectors of nodes, where the nodes are known. */
function checkNodeSelectors(world: World): void {
  const known = world.ofCore(nodes)
  const items = new Labelled()
  for (const { object } of known) items.add(labelsOf(object))
  const check = (about: WorldObject, field: string, text: string | undefined) => {
    if (text === undefined || text === '' || about.source === undefined) return
    const { node } = readSelector(text)
    const path = `spec.${field}`
    if (cannotMatch(node)) {
      world.warn(about, 'MatchesNothing', {
        path,
        value: text,
        message: 'contradicts itself: it matches nothing, ever',
      })
    } else if ((world.isComplete(nodes) || known.length > 0) && !items.matchesAny(node)) {
      const why = items.explain(node, (label) => label)
      const where = world.isComplete(nodes) ? 'of the cluster' : 'of these documents'
      const message = `matches no node ${where}${why === undefined ? '' : `: ${why}`}`
      world.warn(about, 'MatchesNothing', { path, value: text, message })
    }
  }
  for (const one of world.of(IPPool)) {
    if (one.object.spec.disabled !== true) check(one, 'nodeSelector', one.object.spec.nodeSelector)
  }
  for (const one of world.of(BGPPeer)) {
    check(one, 'nodeSelector', one.object.spec.nodeSelector)
    check(one, 'peerSelector', one.object.spec.peerSelector)
  }
  for (const one of world.of(FelixConfiguration)) {
    check(one, 'nodeSelector', (one.object.spec as { readonly nodeSelector?: string }).nodeSelector)
  }
}

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

function textsOf(text: string | undefined): SelectorNode[] {
  return isGiven(text) ? [readSelector(text ?? '').node] : []
}
