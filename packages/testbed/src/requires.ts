import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Requirements {
  /** Effective user 0: making namespaces needs it. */
  readonly root?: boolean
  /** Programs on PATH (or absolute). */
  readonly commands?: readonly string[]
  /** Kernel features by name, each with a probe that says whether it is there. */
  readonly kernel?: Readonly<Record<string, () => boolean>>
}

/** Debian package of each program that tests and the lab may need. */
export const debianPackages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  sysctl: 'procps',
  openssl: 'openssl',
  nft: 'nftables',
  conntrack: 'conntrack',
  tcpdump: 'tcpdump',
  iperf3: 'iperf3',
  bird: 'bird2',
  birdc: 'bird2',
  vtysh: 'frr',
  '/usr/lib/frr/bgpd': 'frr',
  ping: 'iputils-ping',
  traceroute: 'traceroute',
  curl: 'curl',
  cc: 'gcc',
}

/** Kernel features that a continuous integration machine may lack; anything else missing there is an error. */
const mayBeMissingInCi: readonly string[] = readFileSync(new URL('../kernel-allow-list.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** Names what is missing, each with the command that gets it. Empty: everything is there. */
export function missing(requirements: Requirements): readonly string[] {
  const found: string[] = []
  if (requirements.root === true && process.geteuid?.() !== 0) found.push('root (run as root or with sudo)')
  for (const command of requirements.commands ?? []) {
    if (commandPath(command) === undefined) {
      const debianPackage = debianPackages[command]
      found.push(debianPackage === undefined ? command : `${command} (apt-get install ${debianPackage})`)
    }
  }
  for (const [feature, probe] of Object.entries(requirements.kernel ?? {})) {
    if (!probe()) found.push(`kernel feature ${feature}`)
  }
  return found
}

/**
 * Says why tests with these requirements must be skipped here, or undefined when they can run.
 * With CI=true only a kernel feature on the allow-list may be missing; anything else throws.
 */
export function skipReason(requirements: Requirements): string | undefined {
  const names = missing(requirements)
  if (names.length === 0) return undefined
  if (process.env.CI === 'true') {
    const allowed = mayBeMissingInCi.map((feature) => `kernel feature ${feature}`)
    const forbidden = names.filter((name) => !allowed.includes(name))
    if (forbidden.length > 0) throw new Error(`with CI=true these must be there: ${forbidden.join(', ')}`)
  }
  return `needs ${names.join(', ')}`
}

/** Where a program is, looked up as a shell would, with the system folders that a user's PATH may lack. */
export function commandPath(command: string): string | undefined {
  const folders = command.startsWith('/')
    ? ['']
    : [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin']
  for (const folder of folders) {
    const path = join(folder, command)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}
