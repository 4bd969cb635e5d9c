import { type Family, formatAddress } from '@manx/api'
import type { Parts, PartsOptions } from '../create-parts.ts'
import { bgpPart, type NodeStatus } from './node-status.ts'

/** Asks all parts how they are. */
export async function readStatus(parts: Parts, options: PartsOptions, startedAt: string): Promise<NodeStatus> {
  const { config, client, version } = options
  const { felix, bgp, bootstrap, journal, endpoints, servePods } = parts
  const contacts = parts.allInformers.flatMap(({ lastContact }) => lastContact ?? [])
  const reasons = parts.reasons()
  const address = (family: Family, name: 'v4' | 'v6') => {
    const found = bootstrap.addresses[family]
    return found === undefined ? {} : { [name]: `${formatAddress(found.address)}/${found.length}` }
  }
  return {
    version,
    node: config.node,
    startedAt,
    ...bgpPart(await bgp.status()),
    ready: reasons.length === 0,
    reasons,
    addresses: { ...address(4, 'v4'), ...address(6, 'v6') },
    datastore: {
      server: client.server,
      synced: parts.hasSynced(),
      ...(contacts.length === 0 ? {} : { lastContact: new Date(Math.max(...contacts)).toISOString() }),
    },
    felix: { health: felix.health(), endpoints: endpoints.size },
    cni: { attachments: journal.list().length, conflist: config.conflistPath },
    findings: [
      ...servePods.findings,
      ...journal.corrupted.map((file) => `${file} cannot be read: restart its pod`),
      ...felix.issues().map(({ object, message }) => `${object}: ${message}`),
    ],
  }
}
