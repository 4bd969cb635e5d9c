import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { assumed, boolean, choice, defaulted, integer, list, object, string, word } from '../schema/builders.ts'
import type { Rule, Written } from '../schema/schema.ts'
import { nodeOfConfiguration } from './names.ts'
import { addressOf, asNumber, cidr, community, communityPattern, duration, secretKey } from './shared-fields.ts'

const cidrs = (doc: string) => list(doc, object('One range.', { cidr: cidr('The range.') }), { list: 'atomic' })

const routePriority = (family: 4 | 6) =>
  assumed(
    integer(`Metric of the IPv${family} routes that BGP puts into the kernel.`, { minimum: 1, maximum: 2_147_483_646 }),
    1024,
  )

const fields = {
  asNumber: assumed(asNumber('The AS number of nodes that have none of their own.'), 64_512),
  nodeToNodeMeshEnabled: assumed(boolean('Every node peers with every other node.'), true),
  logSeverityScreen: defaulted(
    word('How much BGP writes to its log.', ['Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal']),
    'Info',
  ),
  serviceClusterIPs: cidrs('Ranges of cluster IPs of services to announce.'),
  serviceExternalIPs: cidrs('Ranges of external IPs of services to announce.'),
  serviceLoadBalancerIPs: cidrs('Ranges of load balancer IPs of services to announce.'),
  serviceLoadBalancerAggregation: defaulted(
    choice('Enabled: announce the ranges as a whole. Disabled: announce each load balancer address on its own.', [
      'Enabled',
      'Disabled',
    ]),
    'Enabled',
  ),
  communities: list(
    'Names for BGP communities.',
    object('One community.', {
      name: string('Its name.', { maxLength: 253 }),
      value: community('aa:nn, or aa:nn:mm for a large community.'),
    }),
    { list: 'atomic', maxItems: 500 },
  ),
  prefixAdvertisements: list(
    'Communities to attach to announced prefixes.',
    object('One range of prefixes.', {
      cidr: cidr('Announced prefixes inside of this range get the communities.'),
      communities: list('Names from spec.communities, or values such as 64512:100.', string(''), {
        list: 'atomic',
        maxItems: 50,
      }),
    }),
    { list: 'atomic', maxItems: 500 },
  ),
  listenPort: assumed(integer('The TCP port that nodes accept sessions on.', { minimum: 1, maximum: 65_535 }), 179),
  bindMode: assumed(
    choice('NodeIP: accept sessions on the address of the node only. None: on all addresses.', ['None', 'NodeIP']),
    'None',
  ),
  ignoredInterfaces: list('Interfaces whose addresses are never announced; * is a wildcard.', string(''), {
    list: 'set',
  }),
  nodeMeshPassword: secretKey('The password of sessions between nodes.'),
  nodeMeshMaxRestartTime: duration('How long nodes keep the routes of a node that restarts.'),
  localWorkloadPeeringIPV4: addressOf('The IPv4 address of the node that local pods peer with.', 4),
  localWorkloadPeeringIPV6: addressOf('The IPv6 address of the node that local pods peer with.', 6),
  programClusterRoutes: assumed(
    choice('Which routes between nodes BGP puts into the kernel.', [
      'Enabled',
      'Disabled',
      'EnabledIPIPOnly',
      'EnabledNoEncapOnly',
    ]),
    'EnabledNoEncapOnly',
  ),
  ipv4NormalRoutePriority: routePriority(4),
  ipv6NormalRoutePriority: routePriority(6),
} as const

const spec = object('How the nodes speak BGP.', fields, { rules: rules() })

function rules(): readonly Rule[] {
  const meshOff = 'has(self.nodeToNodeMeshEnabled) && !self.nodeToNodeMeshEnabled'
  return [
    {
      rule: `!has(self.nodeMeshPassword) || !(${meshOff})`,
      message: 'nodeMeshPassword needs nodeToNodeMeshEnabled',
    },
    {
      rule: `!has(self.nodeMeshMaxRestartTime) || !(${meshOff})`,
      message: 'nodeMeshMaxRestartTime needs nodeToNodeMeshEnabled',
    },
    {
      rule: '!has(self.communities) || self.communities.size() == 0 || (has(self.prefixAdvertisements) && self.prefixAdvertisements.size() > 0)',
      message: 'communities needs prefixAdvertisements, which say what to attach them to',
    },
  ]
}

const storedFields: Readonly<Record<string, string>> = { serviceLoadBalancerAggregation: 'Enabled' }
const perNodeFields = ['listenPort', 'logSeverityScreen', 'prefixAdvertisements']

const perNodeMessage = `cannot be set for one node: only ${perNodeFields.join(', ')} can`
const perNodeRules = Object.keys(fields)
  .filter((field) => !perNodeFields.includes(field))
  .map((field): Rule => {
    // What the API server stores by itself says nothing about the node.
    const absent = field in storedFields ? `self.spec.${field} == '${storedFields[field]}'` : `!has(self.spec.${field})`
    return {
      rule: `!self.metadata.name.startsWith('node.') || ${absent}`,
      message: perNodeMessage,
      at: `spec.${field}`,
    }
  })

function check(object: { readonly metadata: { readonly name: string }; readonly spec: Written<typeof spec> }): Issue[] {
  const issues: Issue[] = []
  const { metadata, spec: config } = object
  const report = (path: string, value: unknown, message: string) => issues.push({ path, value, message })
  const perNode = nodeOfConfiguration(metadata.name) !== undefined
  if (perNode) {
    for (const [field, value] of Object.entries(config)) {
      if (perNodeFields.includes(field) || storedFields[field] === value) continue
      report(`spec.${field}`, value, perNodeMessage)
    }
  }
  if (config.nodeToNodeMeshEnabled === false) {
    for (const field of ['nodeMeshPassword', 'nodeMeshMaxRestartTime'] as const) {
      if (config[field] !== undefined) report(`spec.${field}`, hidden(config[field]), 'needs nodeToNodeMeshEnabled')
    }
  }
  if ((config.communities ?? []).length > 0 && (config.prefixAdvertisements ?? []).length === 0) {
    report('spec.communities', config.communities, 'needs prefixAdvertisements, which say what to attach them to')
  }
  checkCommunityNames(config, perNode, report)
  return issues
}

function checkCommunityNames(
  config: Written<typeof spec>,
  perNode: boolean,
  report: (path: string, value: unknown, message: string) => void,
): void {
  const names = new Set((config.communities ?? []).map(({ name }) => name))
  config.prefixAdvertisements?.forEach(({ communities = [] }, index) => {
    communities.forEach((community, position) => {
      const path = `spec.prefixAdvertisements[${index}].communities[${position}]`
      if (new RegExp(communityPattern).test(community) || names.has(community)) return
      if (/^\d+(:\d+)+$/.test(community)) {
        report(path, community, 'must be aa:nn with numbers up to 65535, or aa:nn:mm with numbers up to 4294967295')
        // Settings of one node use the names of the default object, which is not known here.
      } else if (!perNode) {
        report(path, community, 'must be a name from spec.communities, or a value aa:nn or aa:nn:mm')
      }
    })
  })
}

function hidden(value: unknown): unknown {
  return typeof value === 'object' ? '(set)' : value
}

/** How nodes speak BGP: `default` for all, `node.NAME` for what one node has of its own. */
export const BGPConfiguration = defineKind({
  kind: 'BGPConfiguration',
  plural: 'bgpconfigurations',
  shortNames: ['bgpconfig', 'bgpconfigs'],
  scope: 'Cluster',
  doc: 'How the nodes speak BGP. The object named default is for all nodes, node.NAME for what one node has of its own.',
  name: { pattern: '^(default|node[.].+)$', message: 'must be default, or node.NAME for the settings of one node' },
  rules: perNodeRules,
  spec,
  check,
})
export type BGPConfiguration = ObjectOf<typeof BGPConfiguration>
export type BGPConfigurationSpec = BGPConfiguration['spec']
export type CompleteBGPConfiguration = CompleteObjectOf<typeof BGPConfiguration>
