import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What IPVS does to policy on this node. */
export interface IpvsFinding {
  readonly reason: string
  /** It is kube-proxy's, so that any pod of the node may be behind a service. */
  readonly isKubeProxy: boolean
}

/**
 * What goes to a service of IPVS is taken in by the input hook and sent out again by the output hook: the forward hook, where
 * pods are policed, never sees it. Undefined: there is none. `folder` is /proc/net of the network namespace that counts.
 */
export function readIpvs(folder: string = '/proc/net'): IpvsFinding | undefined {
  const passesBy = 'traffic to services passes by the policy of pods'
  if (/^ *kube-ipvs0:/m.test(textOf(join(folder, 'dev')))) {
    const reason = `kube-proxy runs in ipvs mode (interface kube-ipvs0), which is not supported: ${passesBy}`
    return { reason, isKubeProxy: true }
  }
  if (!/^(TCP|UDP|SCTP|FWM) /m.test(textOf(join(folder, 'ip_vs')))) return undefined
  return { reason: `IPVS has services on this node (/proc/net/ip_vs): ${passesBy}`, isKubeProxy: false }
}

/** Nothing when there is no such file: a kernel without IPVS. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
