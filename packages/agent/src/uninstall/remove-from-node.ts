import { type Logger, messageOf } from '@manx/api'
import { type FileOptions, removeFiles } from './remove-files.ts'
import { type KernelOptions, removeFromKernel } from './remove-from-kernel.ts'

/** What Manx leaves behind when it ends. */
export interface Leftovers {
  readonly kernel: KernelOptions
  readonly files: FileOptions
}

/** Takes Manx off the node. What cannot be removed is named in the log, and the rest goes all the same. */
export async function removeFromNode(options: Leftovers & { readonly logger: Logger }): Promise<boolean> {
  const { kernel, files, logger } = options
  const steps: readonly (readonly [string, () => void | Promise<void>])[] = [
    ['files', () => removeFiles(files)],
    ['kernel', () => removeFromKernel(kernel)],
  ]
  let complete = true
  for (const [what, remove] of steps) {
    try {
      await remove()
    } catch (error) {
      complete = false
      logger.error('Manx cannot be removed from the node in full', { what, error: messageOf(error) })
    }
  }
  if (complete) logger.info('Manx was removed from the node')
  return complete
}
