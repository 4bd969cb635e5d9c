import { join } from 'node:path'
import type { BenchNode } from '../../cluster/bench-node.ts'
import { type CniCall, cniJob } from '../../cluster/cni-job.ts'
import { peerPlugins } from '../../cluster/components.ts'
import type { Job } from '../../native/spawn-batch.ts'

/** A plugin under test, in its own network of its own size. */
export interface Plugin {
  readonly name: string
  /** A call about the pod of that index, whose sandbox is `netns`. */
  job(verb: CniCall['verb'], containerId: string, netns: string, pod: string): Job
}

export const podNamespace = 'bench'

export function manxPlugin(node: BenchNode): Plugin {
  const config = node.cniConfig()
  const environment = { MANX_CNI_SOCKET: node.path('run', 'cni', 'cni.sock') }
  return {
    name: 'manx',
    job: (verb, containerId, netns, name) =>
      cniJob({
        verb,
        program: node.cni.path,
        config,
        containerId,
        netns,
        pod: { namespace: podNamespace, name },
        environment,
      }),
  }
}

/** ptp and bridge of the CNI project, each with host-local: no policy, no other nodes, nothing to ask. */
export function peers(node: BenchNode): readonly Plugin[] {
  const { folder } = peerPlugins()
  const peer = (name: string, subnet: string, extra: Readonly<Record<string, unknown>>): Plugin => {
    const config = JSON.stringify({
      cniVersion: '1.0.0',
      name: `bench-${name}`,
      type: name,
      ...extra,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: node.path(`host-local-${name}`),
      },
    })
    return {
      name,
      job: (verb, containerId, netns) =>
        cniJob({ verb, program: join(folder, name), config, containerId, netns, environment: { CNI_PATH: folder } }),
    }
  }
  return [peer('ptp', '10.70.0.0/16', {}), peer('bridge', '10.71.0.0/16', { bridge: 'bench0', isGateway: true })]
}
