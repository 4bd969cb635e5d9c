import { createClient, type KubernetesClient } from '@manx/api'
import { type Command, Option } from 'commander'
import { type ConnectionFlags, chooseCluster } from './connection/choose-cluster.ts'
import type { Terminal } from './terminal.ts'

export type { ConnectionFlags } from './connection/choose-cluster.ts'

const options = {
  config: () => new Option('-c, --config <file>', "calicoctl's file that says which cluster; default the usual one"),
  context: () =>
    new Option('--context <name>', 'context of the kubeconfig; default $K8S_CURRENT_CONTEXT, then its own'),
  version: () => new Option('--allow-version-mismatch').hideHelp(),
}

/** Adds the flags that say which cluster a command is for. */
export function withConnection(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use; default $KUBECONFIG, then ~/.kube/config')
    .addOption(options.context())
    .addOption(options.config())
    .addOption(options.version())
}

/** Takes the flags before the command too, where scripts that were written for calicoctl may have them. */
export function withConnectionBefore(program: Command): Command {
  for (const option of Object.values(options)) program.addOption(option().hideHelp())
  return program.hook('preAction', (_, command) => {
    for (const [name, value] of Object.entries(program.opts())) command.setOptionValue(name, value)
  })
}

/** Runs work with a client for the cluster, and closes it. */
export async function withClient<T>(
  terminal: Terminal,
  flags: ConnectionFlags,
  work: (client: KubernetesClient) => Promise<T>,
): Promise<T> {
  const { ignored, ...cluster } = await chooseCluster(flags, terminal.environment)
  if (ignored.length > 0) terminal.warn(`Without a meaning for Manx: ${ignored.join(', ')}`)
  const client = await createClient({ userAgent: 'manxctl', ...cluster })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
