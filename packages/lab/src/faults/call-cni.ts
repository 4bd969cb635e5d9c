import { run } from '@manx/testbed'
import { enterHost, holderPids } from '../host/enter-host.ts'
import type { FaultLab } from './fault-lab.ts'

const configuration = JSON.stringify({ cniVersion: '1.1.0', name: 'manx', type: 'manx' })

/** What the plugin of a node answers to the container runtime: the error code, 0 for none. */
export async function callCni({ plan }: FaultLab, node: string, verb: 'ADD' | 'STATUS'): Promise<number> {
  const lab = plan.options.name
  const holder = (await holderPids(lab)).get(node)
  const container = 'manx-lab-fault'
  const variables = {
    CNI_COMMAND: verb,
    CNI_PATH: '/opt/cni/bin',
    CNI_CONTAINERID: container,
    CNI_IFNAME: 'eth0',
    CNI_NETNS: `/run/netns/${container}`,
    CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=manx-lab-fault;K8S_POD_UID=0',
  }
  const inNode = async (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const [program, ...args] = enterHost(lab, node, holder, command)
    return await run(program, args, { input: configuration, env })
  }
  await inNode(['ip', 'netns', 'add', container])
  try {
    const { stdout, code } = await inNode(['/opt/cni/bin/manx'], variables)
    return code === 0 ? 0 : (JSON.parse(stdout) as { code: number }).code
  } finally {
    await inNode(['ip', 'netns', 'delete', container])
  }
}
