import { type Family, formatAddress } from '@manx/api'
import type { NodeStatus } from '@manx/process'
import type { Parts, PartsOptions } from '../create-parts.ts'
import { nameOf } from '../rejections/rejections.ts'
import { bgpPart } from './bgp-part.ts'

/** Asks all parts how they are. */
export async function readStatus(parts: Parts, options: PartsOptions, startedAt: string): Promise<NodeStatus> {
  const { config, client, version } = options
  const { felix, bgp, bootstrap, journal, endpoints, servePods, rejections } = parts
  const contacts = parts.allInformers.flatMap(({ lastContact }) => lastContact ?? [])
  const reasons = parts.reasons()
  const address = (family: Family, name: 'v4' | 'v6') => {
    const found = bootstrap.addresses[family]
    return found === undefined ? {} : { [name]: `${formatAddress(found.address)}/${found.length}` }
  }
  const { policy, endpoints: _, ...statistics } = felix.statistics()
  // What felix and BGP say of these is among them, and all that felix says of policies.
  const rejected = new Set(rejections.list().map(({ kind, name }) => `${kind}/${name}`))
  const [bgpStatus, states] = await Promise.all([bgp.status(), parts.endpointStates()])
  return {
    version,
    node: config.node,
    startedAt,
    ready: reasons.length === 0,
    reasons,
    components: parts.components(),
    addresses: { ...address(4, 'v4'), ...address(6, 'v6') },
    datastore: {
      server: client.server,
      synced: parts.hasSynced(),
      ...(contacts.length === 0 ? {} : { lastContact: new Date(Math.max(...contacts)).toISOString() }),
    },
    ...bgpPart(bgpStatus),
    policy: {
      policies: policy.policies,
      activePolicies: policy.activePolicies,
      activeSelectors: policy.selectors,
      sets: policy.sets,
      setMembers: policy.members,
      chains: policy.chains,
    },
    endpoints: states,
    felix: { endpoints: endpoints.size, statistics },
    cni: { attachments: journal.list().length, conflist: config.conflistPath },
    findings: [
      ...servePods.findings,
      ...journal.corrupted.map((file) => `${file} cannot be read: restart its pod`),
      ...rejections.list().map((object) => `${nameOf(object)}: ${object.message}`),
      ...felix
        .issues()
        .filter(({ object, policy }) => policy === undefined && !rejected.has(object))
        .map(({ object, field, value, message }) => `${object}: ${field} ${JSON.stringify(value)}: ${message}`),
      ...bgpStatus.findings
        .filter(({ object }) => !rejected.has(object))
        .map(({ object, message }) => `${object} ${message}`),
    ],
    errors: options.recentErrors(),
  }
}
