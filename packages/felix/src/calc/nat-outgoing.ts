import type { Family } from '@manx/api'
import { names } from './names.ts'
import type { Settings } from './parameters.ts'
import type { Action, Chain, Match, Rule } from './ruleset.ts'

/** After kube-proxy's postrouting (100), so that a packet which it masquerades is done. */
export function natOutgoing(settings: Settings, families: readonly Family[]): readonly Chain[] {
  const filter = settings.iptablesNATOutgoingInterfaceFilter
  const through: readonly Match[] =
    filter === undefined
      ? []
      : filter.endsWith('+')
        ? [{ kind: 'interface-prefix', field: 'oifname', prefix: filter.slice(0, -1) }]
        : [{ kind: 'interface', field: 'oifname', name: filter }]
  const base: Chain = {
    name: 'nat-postrouting',
    hook: { type: 'nat', hook: 'postrouting', priority: 110 },
    rules: families.map((family) => ({
      matches: [
        ...through,
        { kind: 'set', fields: [family === 4 ? 'ip saddr' : 'ip6 saddr'], set: names.natPools(family) },
      ],
      action: { kind: 'goto', chain: `nat-outgoing-${family}` },
      comment: 'from a pool with natOutgoing',
    })),
  }
  const perFamily = families.map((family): Chain => {
    const stays = (set: string, comment: string): Rule => ({
      matches: [{ kind: 'set', fields: [family === 4 ? 'ip daddr' : 'ip6 daddr'], set }],
      action: { kind: 'return' },
      comment,
    })
    const address = family === 4 ? settings.natOutgoingAddress : undefined
    return {
      name: `nat-outgoing-${family}`,
      rules: [
        stays(names.allPools(family), 'to a pod'),
        ...(settings.natOutgoingExclusions === 'IPPoolsAndHostIPs' ? [stays(names.hosts(family), 'to a node')] : []),
        ...translate(address === undefined ? { kind: 'masquerade' } : { kind: 'snat', family, address }, settings),
      ],
    }
  })
  return [base, ...perFamily]
}

/** Only protocols with ports can be given a port range. */
function translate(action: Extract<Action, { kind: 'masquerade' | 'snat' }>, settings: Settings): readonly Rule[] {
  const comment = 'leaves the cluster'
  const ports = settings.natPortRange
  const ranged = ports === undefined || ports.to === 0 ? [] : (['tcp', 'udp', 'sctp'] as const)
  return [
    ...ranged.map(
      (protocol): Rule => ({
        matches: [{ kind: 'protocol', protocol }],
        action: { ...action, ...(ports === undefined ? {} : { ports }) },
        comment,
      }),
    ),
    { matches: [], action, comment },
  ]
}
