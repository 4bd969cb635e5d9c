export type ComponentErrorCode =
  /** A name, version or folder that the user gave is not usable. */
  | 'Invalid'
  /** What was downloaded is not what its publisher's checksum says. */
  | 'ChecksumMismatch'
  /** The publisher does not have the file (404), or it holds no such program. */
  | 'NotPublished'
  /** The connection failed or ended early. */
  | 'Unreachable'
  /** Neither a download nor a build is possible here; the message says what to install. */
  | 'CannotGet'
  /** Go, pkg-config, a header: the message has the command that gets it. */
  | 'ToolMissing'
  /** The compiler ran and failed; the message ends with what it printed. */
  | 'BuildFailed'
  | 'Aborted'

export class ComponentError extends Error {
  override readonly name = 'ComponentError'
  readonly code: ComponentErrorCode

  constructor(code: ComponentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
