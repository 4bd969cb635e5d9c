import { ClusterInformation, ignoreNotFound, resourceOf } from '@manx/api'
import type { Command } from 'commander'
import { type ConnectionFlags, withClient, withConnection } from '../connect.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'

interface VersionFlags extends ConnectionFlags {
  readonly client?: boolean
}

export function addVersion(program: Command, terminal: Terminal): void {
  const command = program
    .command('version')
    .summary('show the versions of manxctl and of the cluster')
    .description('Shows the version of this program, and what ClusterInformation says of the cluster.')
    .option('--client', 'only of this program; asks no cluster')
    .addHelpText('after', '\nExample:\n  manxctl version --client')
    .action(async (flags: VersionFlags) => {
      terminal.print(`Client Version:    ${version}`)
      if (flags.client === true) return
      await withClient(terminal, flags, async (client) => {
        const information = await ignoreNotFound(client.get(resourceOf(ClusterInformation), 'default'))
        terminal.print(
          `Cluster Version:   ${information?.spec.calicoVersion ?? 'unknown: there is no ClusterInformation yet'}`,
        )
        if (information === undefined) return
        terminal.print(`Cluster Type:      ${information.spec.clusterType ?? 'unknown'}`)
        terminal.print(`Cluster GUID:      ${information.spec.clusterGUID ?? 'unknown'}`)
        if (information.spec.datastoreReady === false) terminal.print('Datastore:         locked')
      })
    })
  withConnection(command)
}
