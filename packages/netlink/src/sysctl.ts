import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inNamespace } from './namespace.ts'
import { SysctlError } from './sysctl-error.ts'

/** Root of the network sysctls when nothing else is configured. */
export const defaultSysctlRoot = '/proc/sys/net'

export interface SysctlOptions {
  /** Path of the network namespace whose value is meant; absent: the caller's own. */
  readonly namespace?: string
}

/** Reads a sysctl named by its path below the root: `ipv4/conf/all/rp_filter`. Undefined when the kernel has none such. */
export function readSysctl(root: string, name: string, options: SysctlOptions = {}): string | undefined {
  const path = sysctlPath(root, name)
  return within(options, () => readValue(path))
}

/** Writes a sysctl; throws SysctlError naming it, the value and the reason. A value that is there already is not written. */
export function writeSysctl(root: string, name: string, value: string | number, options: SysctlOptions = {}): void {
  writeSysctls(root, { [name]: value }, options)
}

/** Writes several with one visit to the namespace, in the order of the object's keys. Stops at the first that fails. */
export function writeSysctls(
  root: string,
  values: Readonly<Record<string, string | number>>,
  options: SysctlOptions = {},
): void {
  const writes = Object.entries(values).map(([name, value]) => [sysctlPath(root, name), String(value)] as const)
  within(options, () => {
    for (const [path, value] of writes) writeValue(path, value)
  })
}

/** Interface names may have dots, so names are paths with slashes; one that leaves the root is refused. */
function sysctlPath(root: string, name: string): string {
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new SysctlError('EINVAL', name, 'not a sysctl name (want segments joined by "/", e.g. ipv4/ip_forward):')
  }
  return join(root, ...parts)
}

function within<T>(options: SysctlOptions, run: () => T extends PromiseLike<unknown> ? never : T): T {
  return options.namespace === undefined ? run() : inNamespace(options.namespace, run)
}

function readValue(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
    if (code === 'ENOENT') return undefined
    throw new SysctlError(code, path, 'read')
  }
}

function writeValue(path: string, value: string): void {
  // A read-only /proc/sys (an unprivileged container) is no obstacle when there is nothing to change.
  const present = readValue(path)
  if (present === undefined) throw new SysctlError('ENOENT', path, `write ${JSON.stringify(value)} to`)
  if (present.replace(/\s+/g, ' ') === value.trim().replace(/\s+/g, ' ')) return
  try {
    writeFileSync(path, value)
  } catch (error) {
    throw new SysctlError(
      (error as NodeJS.ErrnoException).code ?? 'EIO',
      path,
      `write ${JSON.stringify(value)} (was ${present}) to`,
    )
  }
}
