import type { Job } from '../native/spawn-batch.ts'

/** One call of a CNI plugin, as a runtime makes it. */
export interface CniCall {
  readonly verb: 'ADD' | 'DEL'
  readonly program: string
  readonly config: string
  readonly containerId: string
  readonly netns: string
  readonly pod?: { readonly namespace: string; readonly name: string }
  readonly environment?: Readonly<Record<string, string>>
}

export function cniJob({ verb, program, config, containerId, netns, pod, environment = {} }: CniCall): Job {
  const args = pod === undefined ? '' : `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name}`
  return {
    program,
    input: config,
    environment: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      CNI_COMMAND: verb,
      CNI_CONTAINERID: containerId,
      CNI_NETNS: netns,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: args,
      ...environment,
    },
  }
}
