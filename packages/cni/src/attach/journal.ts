import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@manx/api'
import { messageOf } from '../spec/cni-error.ts'
import type { AttachmentName } from '../spec/network-config.ts'
import { type Attachment, attachmentKey, parseAttachment } from './attachment.ts'

/**
 * What is attached to this node, one JSON file each below /run, so that it ends with the pods at a reboot. Every entry is
 * written before the kernel or IPAM is touched: whatever a crash leaves behind has an entry to find it by.
 */
export interface Journal {
  get(name: AttachmentName): Attachment | undefined
  list(): readonly Attachment[]
  /** The newest attachment whose host interface this is. */
  ownerOf(hostInterface: string): Attachment | undefined
  write(attachment: Attachment): void
  remove(name: AttachmentName): void
  /** Files that could not be read; they stay until their container is deleted. */
  readonly corrupted: readonly string[]
  /** True when another container than this one has such a file: nobody knows then which host interface is its own. */
  hasCorruptedBeside(name: AttachmentName): boolean
}

const suffix = '.json'
const temporary = '.new-'

/** Opens the journal, making its folder (0700) when it is missing. */
export function openJournal(folder: string, logger: Logger): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const attachments = new Map<string, Attachment>()
  const corrupted = new Set<string>()
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    if (file.startsWith(temporary)) {
      rmSync(path, { force: true })
      continue
    }
    if (!file.endsWith(suffix)) continue
    const attachment = readEntry(path)
    // An entry under another's name would be removed with the wrong container.
    if (attachment !== undefined && file === `${attachmentKey(attachment)}${suffix}`) {
      attachments.set(attachmentKey(attachment), attachment)
    } else {
      corrupted.add(path)
      logger.error('cannot read an entry of the attachment journal: its pod must be restarted', { file: path })
    }
  }
  return {
    get: (name) => attachments.get(attachmentKey(name)),
    list: () => [...attachments.values()],
    ownerOf: (hostInterface) => {
      let owner: Attachment | undefined
      for (const attachment of attachments.values()) {
        if (attachment.endpoint.interfaceName !== hostInterface) continue
        // Of the same millisecond, the one written later.
        if (owner === undefined || attachment.createdAt >= owner.createdAt) owner = attachment
      }
      return owner
    },
    write: (attachment) => {
      const key = attachmentKey(attachment)
      const temporaryPath = join(folder, `${temporary}${key}`)
      // Synchronous: /run is memory, and this is faster there than a trip through the thread pool.
      writeFileSync(temporaryPath, JSON.stringify(attachment), { mode: 0o600 })
      const path = join(folder, `${key}${suffix}`)
      renameSync(temporaryPath, path)
      attachments.set(key, attachment)
      corrupted.delete(path)
    },
    remove: (name) => {
      const key = attachmentKey(name)
      const path = join(folder, `${key}${suffix}`)
      rmSync(path, { force: true })
      attachments.delete(key)
      corrupted.delete(path)
    },
    get corrupted() {
      return [...corrupted]
    },
    hasCorruptedBeside: (name) => {
      const own = join(folder, `${attachmentKey(name)}${suffix}`)
      return corrupted.size > (corrupted.has(own) ? 1 : 0)
    },
  }

  function readEntry(path: string): Attachment | undefined {
    try {
      return parseAttachment(readFileSync(path, 'utf8'))
    } catch (error) {
      logger.error('cannot read a file of the attachment journal', { file: path, error: messageOf(error) })
      return undefined
    }
  }
}
