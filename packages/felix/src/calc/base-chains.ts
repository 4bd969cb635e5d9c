import type { Family } from '@manx/api'
import type { Item } from './items.ts'
import { names } from './names.ts'
import { natOutgoing } from './nat-outgoing.ts'
import type { Settings } from './parameters.ts'
import type { Chain, Match, Rule, SetSpec } from './ruleset.ts'

/** Everything of ours in nftables is in this table, of family inet. */
export const tableName = 'manx'

/** MLD query, report, done, version 2 report; router solicitation; neighbour solicitation and advertisement. */
export const neighbourDiscoveryTypes: readonly number[] = [130, 131, 132, 133, 135, 136, 143]

/** The skeleton that every node has: which packets are looked up where. It does not depend on endpoints or pools. */
export function baseItems(settings: Settings): readonly Item[] {
  const families: readonly Family[] = settings.ipv6Support ? [4, 6] : [4]
  const sets: SetSpec[] = [
    { name: names.egressDispatch, key: ['interface'], verdicts: true },
    { name: names.ingressDispatch, key: ['interface'], verdicts: true },
    { name: names.neighbourDiscovery, key: ['icmpv6-type'] },
  ]
  for (const family of families) {
    const address = family === 4 ? 'ipv4' : 'ipv6'
    sets.push(
      { name: names.podSources(family), key: ['interface', address] },
      { name: names.natPools(family), key: [address], interval: true },
      { name: names.allPools(family), key: [address], interval: true },
      { name: names.hosts(family), key: [address] },
    )
  }
  const chains = [
    ...sourceCheck(settings, families),
    ...egress(settings),
    ...ingress(settings),
    ...podToHost(settings),
    ...cutFlows(settings),
    ...natOutgoing(settings, families),
  ]
  return [
    ...sets.map((set): Item => ({ kind: 'set', set })),
    ...neighbourDiscoveryTypes.map(
      (type): Item => ({ kind: 'member', set: names.neighbourDiscovery, parts: [String(type)] }),
    ),
    ...chains.map((chain): Item => ({ kind: 'chain', chain })),
  ]
}

const established: Rule = {
  matches: [{ kind: 'conntrack', states: ['established', 'related'] }],
  action: { kind: 'accept' },
  comment: 'flows already let through',
}

const drop = (comment: string, ...matches: readonly Match[]): Rule => ({
  matches,
  counter: true,
  action: { kind: 'drop' },
  comment,
})

const dropInvalid = (settings: Settings): readonly Rule[] =>
  settings.disableConntrackInvalidCheck ? [] : [drop('belongs to no flow', { kind: 'conntrack', states: ['invalid'] })]

/**
 * What the node, or another one with a tunnel device, would unpack: the packet inside has whatever source the pod likes, and
 * comes from an interface that is none of pods.
 */
const dropEncapsulated = (settings: Settings): readonly Rule[] => {
  const port = settings.vxlanPort
  const vxlan: readonly Match[] = [
    { kind: 'protocol', protocol: 'udp' },
    { kind: 'port', field: 'dport', range: { from: port, to: port } },
  ]
  return [
    ...(settings.allowIPIPPacketsFromWorkloads ? [] : [drop('IP in IP from a pod', { kind: 'protocol', protocol: 4 })]),
    ...(settings.allowVXLANPacketsFromWorkloads ? [] : [drop('VXLAN from a pod', ...vxlan)]),
  ]
}

/**
 * Before established flows are let through: those that were marked because policy forbids them now. The ingress chain needs no
 * such rule: whatever comes to it went by the egress chain.
 */
const endCut = (settings: Settings): readonly Rule[] =>
  settings.cutFlows
    ? [
        {
          matches: [{ kind: 'ct-mark', mask: settings.cutFlowsMark, value: settings.cutFlowsMark }],
          action: { kind: 'jump', chain: 'cut-flow' },
          comment: 'policy forbids the flow since it began',
        },
      ]
    : []

/** Looks at the interfaces again: others may use the same bit for flows that are none of pods. */
function cutFlows(settings: Settings): readonly Chain[] {
  if (!settings.cutFlows) return []
  const ends = settings.interfacePrefix.flatMap((prefix) =>
    (['iifname', 'oifname'] as const).flatMap((field): readonly Rule[] => [
      {
        matches: [
          { kind: 'interface-prefix', field, prefix },
          { kind: 'protocol', protocol: 'tcp' },
        ],
        counter: true,
        action: { kind: 'reject', with: 'tcp-reset' },
        comment: 'reset',
      },
      drop('cut', { kind: 'interface-prefix', field, prefix }),
    ]),
  )
  return [{ name: 'cut-flow', rules: ends }]
}

const forPods = (settings: Settings, field: 'iifname' | 'oifname', kind: 'jump' | 'goto', chain: string): Rule[] =>
  settings.interfacePrefix.map((prefix) => ({
    matches: [{ kind: 'interface-prefix', field, prefix }],
    action: { kind, chain },
    comment: field === 'iifname' ? 'from a pod' : 'to a pod',
  }))

/** A pod sends to no loopback address, and from its own addresses only; from link-local and unspecified ones what IPv6 needs to find its neighbours. */
function sourceCheck(settings: Settings, families: readonly Family[]): readonly Chain[] {
  const own = families.map(
    (family): Rule => ({
      matches: [
        { kind: 'set', fields: ['iifname', family === 4 ? 'ip saddr' : 'ip6 saddr'], set: names.podSources(family) },
      ],
      action: { kind: 'return' },
      comment: "the pod's own address",
    }),
  )
  const discovery = ['fe80::/10', '::/128'].map(
    (prefix): Rule => ({
      matches: [
        { kind: 'prefix', field: 'ip6 saddr', prefix },
        { kind: 'set', fields: ['icmpv6 type'], set: names.neighbourDiscovery },
      ],
      action: { kind: 'return' },
      comment: 'neighbour discovery',
    }),
  )
  // Pods' interfaces route these addresses (route_localnet), for redirections to them; before those nobody may send there.
  const loopback = drop('to a loopback address of the node', {
    kind: 'prefix',
    field: 'ip daddr',
    prefix: '127.0.0.0/8',
  })
  return [
    {
      name: 'raw-prerouting',
      hook: { type: 'filter', hook: 'prerouting', priority: -300 },
      rules: forPods(settings, 'iifname', 'jump', 'check-source'),
    },
    {
      name: 'check-source',
      rules: [loopback, ...own, ...(families.includes(6) ? discovery : []), drop('not an address of this pod')],
    },
  ]
}

function egress(settings: Settings): readonly Chain[] {
  return [
    {
      name: 'egress',
      hook: { type: 'filter', hook: 'forward', priority: 0 },
      rules: [...endCut(settings), established, ...forPods(settings, 'iifname', 'goto', 'from-pod')],
    },
    {
      name: 'from-pod',
      rules: [
        ...dropInvalid(settings),
        ...dropEncapsulated(settings),
        {
          matches: [],
          action: { kind: 'dispatch', fields: ['iifname'], map: names.egressDispatch },
          comment: 'policies of the sending pod',
        },
        drop('from an unknown pod interface'),
      ],
    },
  ]
}

/** One step after egress: an accept there ends that base chain only, so both directions are always looked at. */
function ingress(settings: Settings): readonly Chain[] {
  return [
    {
      name: 'ingress',
      hook: { type: 'filter', hook: 'forward', priority: 1 },
      rules: [established, ...forPods(settings, 'oifname', 'goto', 'to-pod')],
    },
    {
      name: 'to-pod',
      rules: [
        ...dropInvalid(settings),
        {
          matches: [],
          action: { kind: 'dispatch', fields: ['oifname'], map: names.ingressDispatch },
          comment: 'policies of the receiving pod',
        },
        drop('to an unknown pod interface'),
      ],
    },
  ]
}

/** Pod to its own node. Drop comes without the pod's policies being asked: their answer could not change it. */
function podToHost(settings: Settings): readonly Chain[] {
  const discovery: Rule = {
    matches: [{ kind: 'set', fields: ['icmpv6 type'], set: names.neighbourDiscovery }],
    action: { kind: 'accept' },
    comment: 'neighbour discovery',
  }
  const decide: readonly Rule[] =
    settings.defaultEndpointToHostAction === 'Drop'
      ? [drop('defaultEndpointToHostAction is Drop')]
      : [
          {
            matches: [],
            action: { kind: 'dispatch', fields: ['iifname'], map: names.egressDispatch },
            comment: 'policies of the sending pod',
          },
          drop('from an unknown pod interface'),
        ]
  return [
    {
      name: 'input',
      hook: { type: 'filter', hook: 'input', priority: 0 },
      rules: [...endCut(settings), established, ...forPods(settings, 'iifname', 'goto', 'pod-to-host')],
    },
    {
      name: 'pod-to-host',
      rules: [
        ...(settings.ipv6Support ? [discovery] : []),
        ...dropInvalid(settings),
        ...dropEncapsulated(settings),
        ...decide,
      ],
    },
  ]
}
