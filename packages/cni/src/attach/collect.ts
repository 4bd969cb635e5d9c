import { CniError, messageOf } from '../spec/cni-error.ts'
import type { NetworkConfig } from '../spec/network-config.ts'
import { type Attachment, attachmentKey } from './attachment.ts'
import type { AttachmentLocks } from './attachment-locks.ts'
import type { Detacher } from './detach.ts'
import type { Journal } from './journal.ts'

/**
 * GC: takes apart every attachment of this network that the runtime does not list. Goes on after errors and reports them
 * together. What was attached after the request came in is left alone: the runtime could not know it.
 */
export async function collect(
  context: {
    readonly journal: Journal
    readonly detacher: Detacher
    readonly locks: AttachmentLocks
    readonly now: () => number
    /** Called for each that was removed. */
    readonly forget: (attachment: Attachment) => void
  },
  config: NetworkConfig,
  signal: AbortSignal,
): Promise<void> {
  const { journal, detacher, locks, now, forget } = context
  if (config.validAttachments === undefined) {
    throw new CniError('invalidConfig', 'cni.dev/valid-attachments is not set: GC would remove everything')
  }
  const valid = new Set(config.validAttachments.map(attachmentKey))
  const receivedAt = now()
  const stale = journal
    .list()
    .filter((attachment) => attachment.network === config.name && !valid.has(attachmentKey(attachment)))
  const failures: string[] = []
  for (const attachment of stale) {
    const remove = async () => {
      if (journal.get(attachment) !== attachment || attachment.createdAt > receivedAt) return
      await detacher.detach(attachment, attachment.endpoint.netns, signal)
      forget(attachment)
    }
    try {
      await locks.ofAttachment(attachment, remove, signal)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`${attachment.containerId}/${attachment.interfaceName}: ${messageOf(error)}`)
    }
  }
  if (failures.length === 0) return
  throw new CniError('tryAgainLater', `could not remove ${failures.length} of ${stale.length} stale attachments`, {
    details: failures.join('; '),
  })
}
