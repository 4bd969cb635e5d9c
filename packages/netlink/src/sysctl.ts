/** Root of the network sysctls when MANX_SYSCTL_ROOT says nothing else. */
export const defaultSysctlRoot = '/proc/sys/net'

export interface SysctlOptions {
  /** Path of the network namespace whose value is meant; absent: the caller's own. */
  readonly namespace?: string
}

/** Reads a sysctl named by its path below the root: `ipv4/conf/all/rp_filter`. Undefined when the kernel has none such. */
export function readSysctl(_root: string, _name: string, _options: SysctlOptions = {}): string | undefined {
  throw new Error('not there yet')
}

/** Writes a sysctl; throws SysctlError naming it, the value and the reason. A value that is there already is not written. */
export function writeSysctl(_root: string, _name: string, _value: string | number, _options: SysctlOptions = {}): void {
  throw new Error('not there yet')
}
