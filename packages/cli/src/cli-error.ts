export type CliErrorCode =
  /** The command line itself is wrong. */
  | 'Usage'
  /** A file cannot be read, or is not YAML or JSON of resources. */
  | 'Input'
  /** Resources in the input are not valid; nothing was written. */
  | 'Invalid'
  /** Documents have errors; all has been said. */
  | 'Findings'
  /** Some or all of the work failed; what did is in the message. */
  | 'Failed'

/** Something that the user has to hear of; the process ends with 1 (2 for a wrong command line, 3 for findings). */
export class CliError extends Error {
  readonly code: CliErrorCode

  constructor(code: CliErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'CliError'
    this.code = code
  }
}
