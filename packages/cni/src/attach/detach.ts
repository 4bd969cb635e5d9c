import type { WorkloadEndpoint } from '@manx/api'
import type { CniPorts } from '../ports.ts'
import { messageOf } from '../spec/cni-error.ts'
import type { Attachment } from './attachment.ts'
import type { Journal } from './journal.ts'
import type { Plumbing } from './plumbing.ts'

/** Takes attachments apart: for DEL, GC, a failed ADD, and what a crash left. Every step may find its work done already. */
export interface Detacher {
  /**
   * Removes interface, endpoint and addresses, then the journal's entry. Rejects when a step failed; the entry stays then,
   * for the next try. `namespace` is where the runtime says that the pod's interface is.
   */
  detach(attachment: Attachment, namespace: string | undefined): Promise<void>
  /** As detach, but failures are logged: the caller has an error to report already. */
  undo(attachment: Attachment): Promise<void>
}

export function createDetacher(ports: CniPorts, journal: Journal, plumbing: Plumbing): Detacher {
  const detach = async (attachment: Attachment, namespace: string | undefined) => {
    const { endpoint } = attachment
    if (namespace !== undefined) await plumbing.removePodLink(namespace, attachment.interfaceName)
    // A newer sandbox of the same pod has the same host interface; it is that one's from its ADD on.
    const owner = journal.ownerOf(endpoint.interfaceName)
    if (owner === undefined || isSame(owner, attachment)) {
      await ports.endpoints.remove(endpoint.interfaceName, endpoint.containerId)
      await plumbing.removeHostLink(endpoint.interfaceName)
    }
    // Last, when nothing uses them any more. A second interface on the same network shares the container's handle.
    const shared = journal.list().some((other) => other.handle === attachment.handle && !isSame(other, attachment))
    if (!shared) await ports.addresses.releaseByHandle(attachment.handle)
    journal.remove(attachment)
  }
  return {
    detach,
    undo: async (attachment) => {
      try {
        await detach(attachment, undefined)
      } catch (error) {
        ports.logger.error('cannot undo a failed ADD; its DEL or the next start will', {
          ...describe(attachment.endpoint),
          error: messageOf(error),
        })
      }
    },
  }
}

/** The fields of a log line about an endpoint. */
export function describe(endpoint: WorkloadEndpoint): Readonly<Record<string, unknown>> {
  const { namespace, pod, containerId, interfaceName, addresses } = endpoint
  return { namespace, pod, containerId, interface: interfaceName, addresses }
}

function isSame(a: Attachment, b: Attachment): boolean {
  return a.containerId === b.containerId && a.interfaceName === b.interfaceName
}
