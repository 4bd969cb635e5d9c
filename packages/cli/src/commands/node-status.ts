import { BGPConfiguration, ignoreNotFound, type KubernetesClient, type Node, nodes, resourceOf } from '@manx/api'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { type ConnectionFlags, withClient, withConnection } from '../connect.ts'
import type { CliObject } from '../kinds/cli-kind.ts'
import { nodeKind } from '../kinds/node-kind.ts'
import { type NodeStatus, statusSocket } from '../node/node-status.ts'
import { readStatus } from '../node/read-status.ts'
import { boxTable, plainTable } from '../output/tables.ts'
import type { Terminal } from '../terminal.ts'

interface StatusFlags extends ConnectionFlags {
  readonly socket: string
  readonly output: string
}

export function addNodeStatus(node: Command, terminal: Terminal): void {
  const command = node
    .command('status')
    .summary('show the BGP sessions of this node')
    .description(
      'On a node, as root: asks its agent and shows the BGP sessions. Elsewhere: shows what the API knows of all nodes.',
    )
    .option('--socket <path>', "the agent's socket", statusSocket)
    .option('-o, --output <format>', 'ps or json', 'ps')
    .addHelpText('after', '\nExample:\n  sudo manxctl node status')
    .action(async (flags: StatusFlags) => {
      if (!['ps', 'json'].includes(flags.output)) {
        throw new CliError('Usage', `unknown output format "${flags.output}"; there are: ps, json`)
      }
      const status = await readStatus(flags.socket)
      if (status !== undefined) {
        terminal.print(flags.output === 'json' ? JSON.stringify(status, undefined, 2) : describe(status))
        return
      }
      terminal.warn(`No agent answers at ${flags.socket}: this is no node of Manx, or root is needed. From the API:`)
      terminal.print(await withClient(terminal, flags, (client) => fromApi(client, flags.output)))
    })
  withConnection(command)
}

function describe(status: NodeStatus): string {
  const parts = [
    `Manx is running on ${status.node} (version ${status.version}, since ${status.startedAt}).`,
    ...(status.bgpRunning ? [] : ['gobgpd does not answer: there are no BGP sessions.']),
  ]
  for (const family of [4, 6] as const) {
    const peers = status.peers.filter((peer) => peer.family === family)
    const rows = peers.map(({ address, type, state, since, info }) => [address, type, state, since ?? '', info])
    const table =
      rows.length === 0
        ? `No IPv${family} peers found.`
        : boxTable(['PEER ADDRESS', 'PEER TYPE', 'STATE', 'SINCE', 'INFO'], rows)
    parts.push('', `IPv${family} BGP status`, table)
  }
  return parts.join('\n')
}

async function fromApi(client: KubernetesClient, output: string): Promise<string> {
  const [{ items }, configuration] = await Promise.all([
    client.list(nodes),
    ignoreNotFound(client.get(resourceOf(BGPConfiguration), 'default')),
  ])
  const present = (node: Node): CliObject => nodeKind.present?.(node) ?? node
  if (output === 'json') return JSON.stringify(items.map(present), undefined, 2)
  const context = { asNumber: Number(configuration?.spec.asNumber ?? 64512) }
  const columns = nodeKind.wideColumns
  const rows = items.map((node) => columns.map(({ value }) => value(present(node), context)))
  return plainTable(
    columns.map(({ title }) => title),
    rows,
  )
}
