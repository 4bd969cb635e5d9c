import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkloadEndpoint } from '@manx/api'
import type { CniPorts } from '../ports.ts'
import { messageOf } from '../spec/cni-error.ts'

/** Milliseconds before each further try. */
const pauses = [250, 1000, 4000, 15_000, 60_000]

/**
 * Writes the pods' address annotations without keeping ADD waiting: nothing on this node needs them, but other tools read
 * them. Of one pod only the newest wish is tried again.
 */
export function annotateLater(
  ports: Pick<CniPorts, 'pods' | 'logger'>,
  signal: AbortSignal,
): { write(endpoint: WorkloadEndpoint): void; clear(endpoint: WorkloadEndpoint): void } {
  const newest = new Map<string, symbol>()
  const start = (endpoint: WorkloadEndpoint, addresses: readonly string[]) => {
    const pod = `${endpoint.namespace}/${endpoint.pod}`
    const wish = Symbol(pod)
    newest.set(pod, wish)
    const attempt = async () => {
      for (const pause of [...pauses, undefined]) {
        if (newest.get(pod) !== wish || signal.aborted) return
        try {
          return await ports.pods.annotate(endpoint, addresses, signal)
        } catch (error) {
          if (pause === undefined) {
            ports.logger.warn('cannot write the address annotations of a pod', { pod, error: messageOf(error) })
            return
          }
          await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
        }
      }
    }
    void attempt().finally(() => {
      if (newest.get(pod) === wish) newest.delete(pod)
    })
  }
  return {
    write: (endpoint) => start(endpoint, endpoint.addresses),
    clear: (endpoint) => start(endpoint, []),
  }
}
