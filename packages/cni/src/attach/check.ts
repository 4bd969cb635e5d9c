import { formatAddress, parseAddress } from '@manx/api'
import type { Route } from '@manx/netlink'
import { CniError } from '../spec/cni-error.ts'
import type { CniEnvironment } from '../spec/environment.ts'
import type { NetworkConfig } from '../spec/network-config.ts'
import type { AddContext } from './add.ts'
import type { PodLinkState } from './plumbing.ts'

/** Compares a container with the result of its ADD, as the runtime kept it; a CniError names all that differs. */
export async function check(
  context: Pick<AddContext, 'journal' | 'plumbing' | 'ports'>,
  environment: CniEnvironment,
  config: NetworkConfig,
): Promise<void> {
  const { journal, plumbing, ports } = context
  const { prevResult } = config
  if (prevResult === undefined)
    throw new CniError('invalidConfig', 'prevResult is not set: CHECK needs the result of ADD')
  const namespace = environment.namespace ?? ''
  plumbing.checkNamespace(namespace)
  const attachment = journal.get(environment)
  if (attachment === undefined) {
    throw new CniError(
      'unknownContainer',
      `${environment.containerId} is not attached through ${environment.interfaceName}`,
    )
  }
  const hostInterface = attachment.endpoint.interfaceName
  const state = await plumbing.inspect(namespace, environment.interfaceName)
  const problems = [...podProblems(environment.interfaceName, config, state)]
  const host = await plumbing.hostLink(hostInterface)
  if (host === undefined) problems.push(`${hostInterface} does not exist on the node`)
  else if (!host.up) problems.push(`${hostInterface} is down`)
  if (!ports.endpoints.has(hostInterface)) problems.push(`${hostInterface} has no routes and policy in the kernel`)
  const owner = journal.ownerOf(hostInterface)
  if (owner !== undefined && owner.containerId !== attachment.containerId) {
    problems.push(`${hostInterface} belongs to the newer container ${owner.containerId}`)
  }
  if (problems.length > 0) {
    throw new CniError('checkFailed', `the container's network is not as ADD left it: ${problems.join('; ')}`)
  }
}

/** Pure: what of our part of a result is missing. Additions by later plugins of the chain are theirs. */
export function podProblems(
  podInterface: string,
  config: Pick<NetworkConfig, 'prevResult'>,
  state: PodLinkState,
): readonly string[] {
  const { interfaces = [], ips = [], routes = [] } = config.prevResult ?? {}
  const { link } = state
  if (link === undefined) return [`${podInterface} does not exist in the container`]
  const problems: string[] = []
  const position = interfaces.findIndex(({ name, sandbox }) => name === podInterface && sandbox !== undefined)
  const { mac, mtu } = interfaces[position] ?? {}
  if (position < 0) problems.push(`prevResult has no interface ${podInterface}`)
  if (!link.up) problems.push(`${podInterface} is down`)
  if (mac !== undefined && link.mac?.toLowerCase() !== mac.toLowerCase()) {
    problems.push(`${podInterface} has MAC ${link.mac ?? 'none'} instead of ${mac}`)
  }
  if (mtu !== undefined && link.mtu !== mtu) problems.push(`${podInterface} has MTU ${link.mtu} instead of ${mtu}`)
  const present = new Set(state.addresses.map(canonical))
  for (const { address, interface: owner } of ips) {
    if (owner === position && !present.has(canonical(address))) problems.push(`${podInterface} lacks ${address}`)
  }
  for (const { dst, gw } of routes) {
    // Others of the chain may add routes; ours go through the link-local router.
    if (gw === undefined || !/^(169\.254\.1\.1|fe80::ecee:eeff:feee:eeee)$/i.test(gw)) continue
    if (!state.routes.some((route) => leadsTo(route, dst, gw))) problems.push(`route ${dst} via ${gw} is missing`)
  }
  return problems
}

function leadsTo(route: Route, destination: string, gateway: string): boolean {
  return (
    canonical(route.destination) === canonical(destination) &&
    route.nextHops.some((hop) => hop.gateway !== undefined && canonical(hop.gateway) === canonical(gateway))
  )
}

function canonical(text: string): string {
  const [address = '', length] = text.split('/')
  const parsed = parseAddress(address)
  const form = parsed === undefined ? address : formatAddress(parsed)
  return length === undefined ? form : `${form}/${length}`
}
