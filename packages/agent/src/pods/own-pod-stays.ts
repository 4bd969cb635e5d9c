import { type KubernetesClient, pods } from '@manx/api'

export interface AgentPod {
  readonly namespace: string
  /** Absent: the agent was not told, or is no pod. */
  readonly name: string | undefined
}

/** Milliseconds that an end of the process waits for the answer. */
const patience = 2000

/**
 * True when the agent's container alone is being restarted (a failed probe): gobgpd and its sessions are to go on then.
 * False when the pod ends, or nobody can say: gobgpd will end, too, and its peers must be told to keep the routes.
 */
export async function ownPodStays(client: KubernetesClient, { namespace, name }: AgentPod): Promise<boolean> {
  if (name === undefined) return false
  try {
    const pod = await client.get(pods, { namespace, name }, { signal: AbortSignal.timeout(patience) })
    return pod.metadata.deletionTimestamp === undefined
  } catch {
    return false
  }
}
