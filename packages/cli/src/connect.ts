import { createClient, type KubernetesClient } from '@manx/api'
import { type Command, Option } from 'commander'
import { CliError } from './cli-error.ts'
import type { Terminal } from './terminal.ts'

export interface ConnectionFlags {
  readonly kubeconfig?: string
  readonly context?: string
}

/** Adds the flags that say which cluster a command is for. */
export function withConnection(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use; default $KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'context of the kubeconfig; default $K8S_CURRENT_CONTEXT, then the current one')
    .addOption(new Option('--allow-version-mismatch').hideHelp())
}

/** Runs work with a client for the cluster, and closes it. */
export async function withClient<T>(
  { environment }: Terminal,
  flags: ConnectionFlags,
  work: (client: KubernetesClient) => Promise<T>,
): Promise<T> {
  const datastore = environment.DATASTORE_TYPE ?? environment.CALICO_DATASTORE_TYPE ?? 'kubernetes'
  if (datastore !== 'kubernetes') {
    throw new CliError('Usage', `DATASTORE_TYPE must be kubernetes, not "${datastore}": Manx stores everything there`)
  }
  const context = flags.context ?? environment.K8S_CURRENT_CONTEXT ?? environment.CALICO_K8S_CURRENT_CONTEXT
  const client = await createClient({
    userAgent: 'manxctl',
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    ...(context === undefined || context === '' ? {} : { context }),
  })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
