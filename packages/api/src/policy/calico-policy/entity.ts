import { parseAddress } from '../../addresses/address.ts'
import { formatPrefix, hostPrefix, parsePrefix } from '../../addresses/prefix.ts'
import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import { and, equal, oneOf } from '../../selectors/build.ts'
import { canonicalSelector } from '../../selectors/canonical.ts'
import type { SelectorNode } from '../../selectors/node.ts'
import { selectorOfNamespaces, selectorOfServiceAccounts } from '../../selectors/prefix-labels.ts'
import { parseSelector } from '../../selectors/selector.ts'
import { endpointLabelNames } from '../endpoint-labels.ts'
import type { EntityMatch, PolicyPort } from '../model.ts'
import { mergePorts } from '../network-policy/ports.ts'

/** One side of a rule that was validated, for a policy of the namespace, or of none. Empty when it has no conditions. */
export function entityMatch(entity: Partial<EntityRule>, namespace: string | undefined): EntityMatch {
  const selector = selectorOfEntity(entity, namespace)
  const { notSelector = '', nets = [], notNets = [], ports = [], notPorts = [], services } = entity
  const service = services?.name === undefined ? undefined : services
  return {
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === '' ? {} : { notSelector: parseSelector(notSelector).canonical }),
    ...(nets.length === 0 ? {} : { nets: nets.map(canonicalNet) }),
    ...(notNets.length === 0 ? {} : { notNets: notNets.map(canonicalNet) }),
    ...(ports.length === 0 ? {} : { ports: mergePorts(ports.map(portOf)) }),
    ...(notPorts.length === 0 ? {} : { notPorts: mergePorts(notPorts.map(portOf)) }),
    ...(service === undefined
      ? {}
      : { service: { namespace: service.namespace ?? namespace ?? '', name: service.name ?? '' } }),
  }
}

/**
 * Who the endpoints are, or undefined when it is not asked. A policy with a namespace means its own one, unless it names others;
 * a side with addresses alone is not about endpoints.
 */
function selectorOfEntity(entity: Partial<EntityRule>, namespace: string | undefined): string | undefined {
  const { selector = '', notSelector = '', namespaceSelector = '', serviceAccounts } = entity
  const accounts = serviceAccountConditions(serviceAccounts)
  const conditions = [...(selector === '' ? [] : [parseSelector(selector).node]), ...accounts]
  if (namespaceSelector !== '') conditions.push(selectorOfNamespaces(parseSelector(namespaceSelector).node))
  else if (namespace !== undefined && (conditions.length > 0 || notSelector !== '')) {
    conditions.push(equal(endpointLabelNames.namespace, namespace))
  }
  return conditions.length === 0 ? undefined : canonicalSelector(and(conditions))
}

function serviceAccountConditions(accounts: EntityRule['serviceAccounts']): SelectorNode[] {
  const { names = [], selector = '' } = accounts ?? {}
  return [
    ...(names.length === 0 ? [] : [oneOf(endpointLabelNames.serviceAccount, names)]),
    ...(selector === '' ? [] : [selectorOfServiceAccounts(parseSelector(selector).node)]),
  ]
}

function canonicalNet(text: string): string {
  const address = parseAddress(text)
  const prefix = address === undefined ? parsePrefix(text) : hostPrefix(address)
  return prefix === undefined ? text : formatPrefix(prefix)
}

function portOf(port: number | string): PolicyPort {
  if (typeof port === 'number') return { from: port, to: port }
  const [from = '', to = from] = port.split(':')
  return /^\d+$/.test(from) ? { from: Number(from), to: Number(to) } : { name: port }
}
