import { interfaceName as hostInterfaceName } from '@manx/api'
import type { CniEnvironment } from '../spec/environment.ts'
import type { NetworkConfig } from '../spec/network-config.ts'
import { parsePodArgs } from '../spec/pod-args.ts'
import type { AddContext } from './add.ts'
import type { Attachment } from './attachment.ts'

/**
 * Disconnects a container. Succeeds when there is nothing to do: a missing namespace, interface, journal entry or handle is
 * fine. Returns what was attached, when the journal knew it.
 */
export async function del(
  context: Pick<AddContext, 'journal' | 'plumbing' | 'detacher' | 'ports'>,
  environment: CniEnvironment,
  config: NetworkConfig,
  signal: AbortSignal,
): Promise<Attachment | undefined> {
  const known = context.journal.get(environment)
  const attachment = known ?? unknownAttachment(context, environment, config)
  await context.detacher.detach(attachment, environment.namespace, signal)
  return known
}

/**
 * What the arguments alone tell, of a container that the journal does not know: after a reboot the runtime still deletes the
 * sandboxes of before, and their addresses are still assigned. It is older than all that the journal knows.
 */
function unknownAttachment(
  context: Pick<AddContext, 'ports'>,
  environment: CniEnvironment,
  config: NetworkConfig,
): Attachment {
  const { namespace = '', pod = '' } = parsePodArgs(environment.args)
  const { containerId, interfaceName } = environment
  return {
    containerId,
    interfaceName,
    network: config.name,
    handle: `${config.name}.${containerId}`,
    state: 'pending',
    createdAt: 0,
    endpoint: {
      namespace,
      pod,
      node: context.ports.settings().node,
      containerId,
      interfaceName: hostInterfaceName(namespace, pod),
      podInterface: interfaceName,
      addresses: [],
    },
  }
}
