import { ClusterInformation, ignoreNotFound, printable, resourceOf } from '@manx/api'
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
        const say = (title: string, text: string) => terminal.print(`${title.padEnd(19)}${printable(text)}`)
        const { calicoVersion, clusterType, clusterGUID, datastoreReady } = information?.spec ?? {}
        say('Cluster Version:', calicoVersion ?? 'unknown: there is no ClusterInformation yet')
        if (information === undefined) return
        say('Cluster Type:', clusterType ?? 'unknown')
        say('Cluster GUID:', clusterGUID ?? 'unknown')
        if (datastoreReady === false) say('Datastore:', 'locked')
      })
    })
  withConnection(command)
}
