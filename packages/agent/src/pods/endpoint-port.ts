import { messageOf, type WorkloadEndpoint } from '@manx/api'
import type { Bgp } from '@manx/bgp'
import { CniError, type CniPorts } from '@manx/cni'
import type { Felix } from '@manx/felix'

export interface EndpointPort {
  readonly port: CniPorts['endpoints']
  /** Endpoints of an earlier run, from the journal. */
  restore(endpoints: readonly WorkloadEndpoint[]): void
  list(): Iterable<WorkloadEndpoint>
  readonly size: number
}

/** Endpoints go to felix, their addresses to BGP, which announces those of other nodes' blocks one by one. */
export function createEndpointPort(
  felix: Pick<Felix, 'addEndpoint' | 'removeEndpoint' | 'restoreEndpoints' | 'isProgrammed'>,
  bgp: Pick<Bgp, 'setLocalAddress'>,
): EndpointPort {
  const endpoints = new Map<string, WorkloadEndpoint>()
  const forget = (interfaceName: string) => {
    for (const address of endpoints.get(interfaceName)?.addresses ?? []) bgp.setLocalAddress(address, false)
    endpoints.delete(interfaceName)
  }
  const remember = (endpoint: WorkloadEndpoint) => {
    forget(endpoint.interfaceName)
    endpoints.set(endpoint.interfaceName, endpoint)
    for (const address of endpoint.addresses) bgp.setLocalAddress(address, true)
  }
  return {
    port: {
      add: async (endpoint, { live }, signal) => {
        try {
          await felix.addEndpoint(endpoint, { signal, ...(live === undefined ? {} : { pod: live }) })
        } catch (error) {
          const pod = `${endpoint.namespace}/${endpoint.pod}`
          const details = messageOf(error)
          throw new CniError('tryAgainLater', `cannot program pod ${pod}`, { details, cause: error })
        }
        remember(endpoint)
      },
      remove: async (interfaceName, containerId, signal) => {
        const removed = felix.removeEndpoint(interfaceName, { containerId })
        if (endpoints.get(interfaceName)?.containerId === containerId) forget(interfaceName)
        await beforeAbort(removed, signal)
      },
      has: (interfaceName) => endpoints.has(interfaceName) && felix.isProgrammed(interfaceName),
    },
    restore: (restored) => {
      // Of two sandboxes of one pod the newer one, which comes last, has the interface.
      felix.restoreEndpoints(restored)
      for (const endpoint of restored) remember(endpoint)
    },
    list: () => endpoints.values(),
    get size() {
      return endpoints.size
    },
  }
}

/** The kernel may refuse for longer than the caller has time; felix goes on trying. */
async function beforeAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
