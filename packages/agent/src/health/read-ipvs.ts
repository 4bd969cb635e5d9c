import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What IPVS does to policy on this node. */
export interface IpvsFinding {
  readonly reason: string
  /** It is kube-proxy's, so that any pod of the node may be behind a service. */
  readonly isKubeProxy: boolean
}

/**
 * What goes to a service of IPVS is taken in by the input hook and sent out again by the output hook: the forward hook, where
 * pods are policed, never sees it. Undefined: there is none. Costs the same on a node with many interfaces and services, for it
 * is asked with every STATUS and probe. `proc` is where procfs is, with the network namespace that counts.
 */
export function readIpvs(proc: string = '/proc'): IpvsFinding | undefined {
  const passesBy = 'traffic to services passes by the policy of pods'
  // Each interface has such a folder, whether it has addresses or not.
  if (existsSync(join(proc, 'sys/net/ipv4/conf/kube-ipvs0'))) {
    const reason = `kube-proxy runs in ipvs mode (interface kube-ipvs0), which is not supported: ${passesBy}`
    return { reason, isKubeProxy: true }
  }
  if (!/^(TCP|UDP|SCTP|FWM) /m.test(beginningOf(join(proc, 'net/ip_vs')))) return undefined
  return { reason: `IPVS has services on this node (/proc/net/ip_vs): ${passesBy}`, isKubeProxy: false }
}

/** Three lines of heading and the first service are in it. */
const beginningLength = 1024

/** Nothing when there is no such file: a kernel without IPVS. */
function beginningOf(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const buffer = Buffer.alloc(beginningLength)
    return buffer.toString('latin1', 0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}
