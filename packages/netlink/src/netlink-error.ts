import { errnoName } from './errno.ts'

/** What a NetlinkError carries beside its message. */
export interface NetlinkErrorFields {
  /** Positive errno; 0 when the kernel's answer could not be understood. */
  readonly errno: number
  /** The request in words, e.g. `RTM_NEWROUTE 10.0.0.0/26 via 192.0.2.1`. */
  readonly request: string
  /** The kernel's extended acknowledgement, when it gave one. */
  readonly detail?: string | undefined
  /** Overrides the errno's name for faults found before the kernel was asked, e.g. `EINVAL` of an encoder. */
  readonly code?: string | undefined
}

/** A request that the kernel refused, or that could not be put into its format. The message has the errno name first. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError'
  /** The errno's name: `EEXIST`, `ENOENT`, … */
  readonly code: string
  readonly errno: number
  readonly request: string
  readonly detail: string | undefined

  constructor(fields: NetlinkErrorFields) {
    const code = fields.code ?? errnoName(fields.errno)
    super(`${code}: ${fields.request}${fields.detail === undefined ? '' : ` (${fields.detail})`}`)
    this.code = code
    this.errno = fields.errno
    this.request = fields.request
    this.detail = fields.detail
  }
}

/** Recognizes a NetlinkError by its shape, also one from another realm (jest, worker), where instanceof fails. */
export function isNetlinkError(error: unknown, ...codes: readonly string[]): error is NetlinkError {
  if (typeof error !== 'object' || error === null) return false
  const candidate = error as Partial<NetlinkError>
  if (candidate.name !== 'NetlinkError' || typeof candidate.code !== 'string') return false
  return codes.length === 0 || codes.includes(candidate.code)
}
