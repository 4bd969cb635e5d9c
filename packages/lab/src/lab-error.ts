export type LabErrorCode =
  /** An option or a name that the user gave is not usable. */
  | 'Invalid'
  /** The machine lacks something; the message has the command that gets it. */
  | 'Prerequisite'
  /** A lab of this name is there already. */
  | 'NameTaken'
  | 'NotFound'
  /** A part of the lab did not come up; the message says which and ends with its log. */
  | 'StartFailed'
  /** A check of the network did not hold. */
  | 'CheckFailed'
  | 'Aborted'

/** What a user of the lab can run into: the message says what to do next where there is something to do. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
