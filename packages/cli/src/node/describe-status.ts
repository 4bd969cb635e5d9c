import { printable } from '@manx/api'
import type { EndpointStatus, NodeStatus } from '@manx/process'
import { boxTable } from '../output/tables.ts'

/** A node's status for people. */
export function describeStatus(status: NodeStatus): string {
  const { node, version, startedAt, ready, reasons } = status
  return [
    printable(`Manx is running on ${node} (version ${version}, since ${startedAt}).`),
    printable(ready ? 'The node is ready.' : `The node is not ready: ${reasons.join('; ')}`),
    ...(status.bgpRunning ? [] : ['gobgpd does not answer: there are no BGP sessions.']),
    ...section('Components', componentTable(status)),
    ...section('IPv4 BGP status', peerTable(status, 4)),
    ...section('IPv6 BGP status', peerTable(status, 6)),
    ...section('Policy', policyTable(status)),
    ...section('Endpoints', endpointTable(status.endpoints)),
    ...list('To be mended', status.findings),
    ...list(
      'Last errors',
      status.errors.map(({ time, message }) => `${time} ${message}`),
    ),
  ].join('\n')
}

function section(title: string, text: string): readonly string[] {
  return ['', title, text]
}

/** Nothing at all when there is nothing to tell. */
function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `- ${printable(line)}`)]
}

function componentTable({ components }: NodeStatus): string {
  const rows = components.map(({ name, live, ready, reason }) => {
    return [name, live ? (ready ? 'ready' : 'not ready') : 'hangs', reason]
  })
  return boxTable(['COMPONENT', 'STATE', 'REASON'], rows)
}

function peerTable({ peers }: NodeStatus, family: 4 | 6): string {
  const rows = peers
    .filter((peer) => peer.family === family)
    .map(({ address, type, state, since, info }) => [address, type, state, since ?? '', info])
  if (rows.length === 0) return `No IPv${family} peers found.`
  return boxTable(['PEER ADDRESS', 'PEER TYPE', 'STATE', 'SINCE', 'INFO'], rows)
}

function policyTable({ policy }: NodeStatus): string {
  const { policies, activePolicies, activeSelectors, sets, setMembers, chains } = policy
  const rows = [
    ['policies of the cluster', policies],
    ['policies that apply here', activePolicies],
    ['selectors', activeSelectors],
    ['sets in the kernel', sets],
    ['members of sets', setMembers],
    ['chains in the kernel', chains],
  ] as const
  return boxTable(
    ['WHAT', 'COUNT'],
    rows.map(([what, count]) => [what, String(count)]),
  )
}

function endpointTable(endpoints: readonly EndpointStatus[]): string {
  if (endpoints.length === 0) return 'No pods are connected.'
  const rows = endpoints.map(({ namespace, pod, interfaceName, addresses, state, policies = [] }) => {
    return [`${namespace}/${pod}`, interfaceName, addresses.join(' '), state, shortened(policies)]
  })
  return boxTable(['POD', 'INTERFACE', 'ADDRESSES', 'STATE', 'POLICIES'], rows)
}

/** The first few by namespace and name; the whole list is in the other formats. */
function shortened(keys: readonly string[]): string {
  const names = keys.slice(0, 3).map((key) => key.split('/').slice(1).filter(Boolean).join('/'))
  return keys.length > 3 ? `${names.join(' ')} and ${keys.length - 3} more` : names.join(' ')
}
