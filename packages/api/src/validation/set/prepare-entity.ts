import { parseAddress } from '../../addresses/address.ts'
import { hostPrefix, type Prefix, parsePrefix } from '../../addresses/prefix.ts'
import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import { canonicalSelector } from '../../selectors/canonical.ts'
import { type PortSet, portSet } from './port-set.ts'
import { type PrefixSet, prefixSet } from './prefix-set.ts'
import { readSelector } from './read-selector.ts'

/** Source or destination of a rule, read once, to be compared with those of many others. */
export interface PreparedEntity {
  readonly nets: PrefixSet
  /** It has nets, be they readable or not. */
  readonly asksNets: boolean
  readonly notNets: PrefixSet
  readonly ports: PortSet
  readonly notPorts: PortSet
  /** The canonical texts of what must all hold; undefined when nothing is asked. */
  readonly terms: ReadonlySet<string> | undefined
  /** Canonical texts; empty when nothing is asked. */
  readonly notSelector: string
  readonly namespaceSelector: string
  /** As text that is equal for equal ones; undefined when nothing is asked. */
  readonly serviceAccounts: string | undefined
  readonly services: string | undefined
}

const prepared = new WeakMap<EntityRule, PreparedEntity>()
const nothing: EntityRule = {}

export function prepareEntity(entity: EntityRule = nothing): PreparedEntity {
  let known = prepared.get(entity)
  if (known === undefined) {
    known = {
      nets: prefixSet(prefixesOf(entity.nets)),
      asksNets: (entity.nets ?? []).length > 0,
      notNets: prefixSet(prefixesOf(entity.notNets)),
      ports: portSet(entity.ports ?? []),
      notPorts: portSet(entity.notPorts ?? []),
      terms: termsOf(entity.selector),
      notSelector: canonical(entity.notSelector),
      namespaceSelector: canonical(entity.namespaceSelector),
      serviceAccounts: JSON.stringify(entity.serviceAccounts),
      services: JSON.stringify(entity.services),
    }
    prepared.set(entity, known)
  }
  return known
}

function prefixesOf(nets: readonly string[] = []): readonly Prefix[] {
  return nets.flatMap((net) => {
    const address = parseAddress(net)
    return (address === undefined ? parsePrefix(net) : hostPrefix(address)) ?? []
  })
}

function termsOf(text = ''): ReadonlySet<string> | undefined {
  if (text === '') return undefined
  const { node, canonical: whole } = readSelector(text)
  return new Set(node.type === 'and' ? [...node.operands.map(canonicalSelector), whole] : [whole])
}

const canonical = (text = '') => (text === '' ? '' : readSelector(text).canonical)
