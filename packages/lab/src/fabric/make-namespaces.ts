import { setTimeout as sleep } from 'node:timers/promises'
import { output, run } from '@manx/testbed'
import type { LabPlan, PlannedHost, PlannedInterface } from '../plan/lab-plan.ts'

/** Makes the lab's network namespaces and joins them; none of it touches the machine's own network. */
export async function makeNamespaces(plan: LabPlan): Promise<void> {
  for (const host of plan.hosts) await output('ip', ['netns', 'add', host.namespace])
  await Promise.all(plan.hosts.map(setSysctls))
  await Promise.all(plan.hosts.map((host) => batch(host.namespace, bridgeCommands(host))))
  const namespaceOf = new Map(plan.hosts.map(({ name, namespace }) => [name, namespace]))
  for (const { a, b } of plan.links) {
    const peer = `peer name ${b.name} netns ${namespaceOf.get(b.host)}`
    await batch(namespaceOf.get(a.host) ?? '', [`link add ${a.name} type veth ${peer}`])
  }
  await Promise.all(plan.hosts.map((host) => batch(host.namespace, hostCommands(plan, host))))
}

/**
 * Makes one host at the end of a cable anew, with that cable. What was there is given up first; the kernel takes the old
 * cable away a moment after the last process of the namespace ended.
 */
export async function makeHost(plan: LabPlan, name: string): Promise<void> {
  const host = plan.hosts.find((planned) => planned.name === name)
  const link = plan.links.find(({ b }) => b.host === name)
  const upper = plan.hosts.find((planned) => planned.name === link?.a.host)
  if (host === undefined || link === undefined || upper === undefined) throw new Error(`${name} has no cable`)
  await output('ip', ['netns', 'delete', host.namespace])
  const isThere = async () =>
    (await run('ip', ['link', 'show', link.a.name], { namespace: upper.namespace })).code === 0
  for (let tries = 0; tries < 200 && (await isThere()); tries += 1) await sleep(50)
  await output('ip', ['netns', 'add', host.namespace])
  await setSysctls(host)
  await batch(upper.namespace, [`link add ${link.a.name} type veth peer name ${link.b.name} netns ${host.namespace}`])
  await batch(upper.namespace, endCommands(link.a))
  await batch(host.namespace, hostCommands(plan, host))
}

function bridgeCommands(host: PlannedHost): readonly string[] {
  // Snooping without a querier loses neighbour solicitations.
  return host.bridges.map(({ name }) => `link add ${name} type bridge forward_delay 0 mcast_snooping 0`)
}

function hostCommands(plan: LabPlan, host: PlannedHost): readonly string[] {
  const ends = plan.links.flatMap(({ a, b }) => [a, b]).filter((end) => end.host === host.name)
  const commands = ['link set lo up']
  for (const end of [...host.bridges, ...ends]) commands.push(...endCommands(end))
  if (host.gateway !== undefined) {
    commands.push(`route add default via ${host.gateway.v4}`, `route add default via ${host.gateway.v6}`)
  }
  return commands
}

function endCommands(end: PlannedInterface): readonly string[] {
  return [
    ...end.addresses.map((address) => `address add ${address} dev ${end.name}${address.includes(':') ? ' nodad' : ''}`),
    ...(end.bridge === undefined ? [] : [`link set ${end.name} master ${end.bridge}`]),
    `link set ${end.name} up`,
  ]
}

/** What an administrator sets on a router and on a Kubernetes node. */
async function setSysctls(host: PlannedHost): Promise<void> {
  const forwards = host.role === 'router' || host.role === 'node'
  const settings = [
    'net.ipv6.conf.all.disable_ipv6=0',
    'net.ipv6.conf.default.disable_ipv6=0',
    'net.ipv6.conf.default.accept_dad=0',
    // A cable that was cut and restored has its addresses, in both families.
    'net.ipv6.conf.all.keep_addr_on_down=1',
    'net.ipv6.conf.default.keep_addr_on_down=1',
    ...(forwards
      ? ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv6.conf.default.forwarding=1']
      : []),
    ...(host.role === 'router' ? ['net.ipv4.fib_multipath_hash_policy=1', 'net.ipv6.fib_multipath_hash_policy=1'] : []),
  ]
  await output('sysctl', ['-q', '-w', ...settings], { namespace: host.namespace })
}

/** One process for many commands of `ip`, which stops at the first that fails and names it. */
async function batch(namespace: string, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return
  await output('ip', ['-batch', '-'], { namespace, input: `${commands.join('\n')}\n` })
}
