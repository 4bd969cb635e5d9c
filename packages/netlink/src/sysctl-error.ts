/** A sysctl that could not be read or written. `code` is the errno's name (`ENOENT`, `EINVAL`, `EROFS`, …). */
export class SysctlError extends Error {
  override readonly name = 'SysctlError'
  readonly code: string
  readonly path: string

  constructor(code: string, path: string, action: string) {
    super(`${code}: ${action} ${path}`)
    this.code = code
    this.path = path
  }
}
