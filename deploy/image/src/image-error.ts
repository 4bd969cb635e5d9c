export type ImageErrorCode =
  /** A path, reference or value in the description is not usable. */
  | 'Invalid'
  /** Something that the image is made of is not there; the message says what gets it. */
  | 'Missing'
  /** A file changed while it was read, or an archive does not hold what its digests say. */
  | 'Corrupt'
  /** A program that was run (compiler, dpkg) failed; the message ends with what it printed. */
  | 'ToolFailed'

export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
