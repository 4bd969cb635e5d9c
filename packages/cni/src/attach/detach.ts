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
   * for the next try. `namespace` is where the runtime says that the pod's interface is. The attachment must be locked.
   */
  detach(attachment: Attachment, namespace: string | undefined, signal: AbortSignal): Promise<void>
  /** As detach, but failures are logged: the caller has an error to report already. */
  undo(attachment: Attachment): Promise<void>
}

/** Milliseconds for an undo: its caller's time may be up already, and others wait for the pod's interface. */
const undoPatience = 10_000

export function createDetacher(ports: CniPorts, journal: Journal, plumbing: Plumbing): Detacher {
  const detach = async (attachment: Attachment, namespace: string | undefined, signal: AbortSignal) => {
    const { endpoint } = attachment
    // An entry that cannot be read may be of a newer sandbox of this pod: then only the pod's end is surely this one's.
    // Its removal, or that of its namespace, takes the host's end along.
    const doubtful = journal.hasCorruptedBeside(attachment)
    const inside = namespace ?? (doubtful ? endpoint.netns : undefined)
    if (inside !== undefined) await plumbing.removePodLink(inside, attachment.interfaceName)
    // A newer sandbox of the same pod has the same host interface; it is that one's from its ADD on.
    const isOwner = () => {
      const owner = journal.ownerOf(endpoint.interfaceName)
      return owner === undefined || isSame(owner, attachment)
    }
    if (isOwner()) {
      await ports.endpoints.remove(endpoint.interfaceName, endpoint.containerId, signal)
      // Asked again: the link is removed by its name.
      if (isOwner() && !doubtful) await plumbing.removeHostLink(endpoint.interfaceName)
    }
    // Last, when nothing uses them any more. A second interface on the same network shares the container's handle.
    const shared = journal.list().some((other) => other.handle === attachment.handle && !isSame(other, attachment))
    if (!shared) await ports.addresses.releaseByHandle(attachment.handle, signal)
    journal.remove(attachment)
  }
  return {
    detach,
    undo: async (attachment) => {
      try {
        await detach(attachment, undefined, AbortSignal.timeout(undoPatience))
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
