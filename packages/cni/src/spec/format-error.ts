import { CniError, isCniError, messageOf } from './cni-error.ts'
import type { CniVersion } from './versions.ts'

/** The JSON of an error; anything that is not a CniError is our own fault and says so. */
export function formatError(version: CniVersion, error: unknown): string {
  const { number, message, details } = isCniError(error)
    ? error
    : new CniError('internal', messageOf(error), { details: 'an error of the node agent itself: see its log' })
  return JSON.stringify({ cniVersion: version, code: number, msg: message, details })
}
