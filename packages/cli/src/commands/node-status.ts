import { BGPConfiguration, ignoreNotFound, type KubernetesClient, type Node, nodes, resourceOf } from '@manx/api'
import { statusSocket } from '@manx/process'
import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { type ConnectionFlags, withClient, withConnection } from '../connect.ts'
import type { CliObject } from '../kinds/cli-kind.ts'
import { nodeKind } from '../kinds/node-kind.ts'
import { describeStatus } from '../node/describe-status.ts'
import { readStatus } from '../node/read-status.ts'
import { formatYaml } from '../output/format-yaml.ts'
import { plainTable } from '../output/tables.ts'
import type { Terminal } from '../terminal.ts'

interface StatusFlags extends ConnectionFlags {
  readonly socket: string
  readonly output: string
}

export function addNodeStatus(node: Command, terminal: Terminal): void {
  const command = node
    .command('status')
    .summary('show how this node is')
    .description(
      'On a node, as root: asks its agent and shows its parts, BGP sessions, policy and endpoints. Elsewhere: shows what the API knows of all nodes.',
    )
    .option('--socket <path>', "the agent's socket", statusSocket)
    .option('-o, --output <format>', 'ps, json or yaml', 'ps')
    .addHelpText('after', '\nExample:\n  sudo manxctl node status')
    .action(async (flags: StatusFlags) => {
      if (!['ps', 'json', 'yaml'].includes(flags.output)) {
        throw new CliError('Usage', `unknown output format "${flags.output}"; there are: ps, json, yaml`)
      }
      const status = await readStatus(flags.socket)
      if (status !== undefined) {
        terminal.print(flags.output === 'ps' ? describeStatus(status) : printed(status, flags.output))
        return
      }
      terminal.warn(`No agent answers at ${flags.socket}: this is no node of Manx, or root is needed. From the API:`)
      terminal.print(await withClient(terminal, flags, (client) => fromApi(client, flags.output)))
    })
  withConnection(command)
}

function printed(value: unknown, format: string): string {
  return format === 'json' ? JSON.stringify(value, undefined, 2) : formatYaml(value)
}

async function fromApi(client: KubernetesClient, output: string): Promise<string> {
  const [{ items }, configuration] = await Promise.all([
    client.list(nodes),
    ignoreNotFound(client.get(resourceOf(BGPConfiguration), 'default')),
  ])
  const present = (node: Node): CliObject => nodeKind.present?.(node) ?? node
  if (output !== 'ps') return printed(items.map(present), output)
  const context = { asNumber: Number(configuration?.spec.asNumber ?? 64512) }
  const columns = nodeKind.wideColumns
  const rows = items.map((node) => columns.map(({ value }) => value(present(node), context)))
  return plainTable(
    columns.map(({ title }) => title),
    rows,
  )
}
