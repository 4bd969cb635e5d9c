import { LabError } from '../lab-error.ts'

/** What the user chose; everything else in the plan follows from it. */
export interface LabOptions {
  readonly name: string
  readonly nodes: number
  /** Node-to-node mesh on one stretched subnet, the ToRs being switches, in place of peering with the ToRs. */
  readonly mesh: boolean
  /** Nodes, Services and pods have their IPv6 address first; default IPv4. Both families are there either way. */
  readonly ipv6Primary?: boolean
  /** Version of Kubernetes; default the newest that is known here. */
  readonly kubernetes?: string
}

/** Nodes get the host numbers from 11 of a /24. */
export const maxNodes = 200

/** Refuses a name that cannot be part of paths of unix sockets (at most 107 bytes) and of namespaces. */
export function checkLabName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/.test(name)) return name
  throw new LabError(
    'Invalid',
    `--name ${JSON.stringify(name)}: 1 to 16 lower-case letters, digits and inner hyphens are allowed`,
  )
}

/** Refuses what cannot work, naming the option, the value and what is allowed. */
export function checkLabOptions(options: LabOptions): LabOptions {
  checkLabName(options.name)
  if (!Number.isInteger(options.nodes) || options.nodes < 1 || options.nodes > maxNodes) {
    throw new LabError('Invalid', `--nodes ${options.nodes}: a whole number from 1 to ${maxNodes} is allowed`)
  }
  return options
}
