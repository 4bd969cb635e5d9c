import { isApiError, messageOf } from '@manx/api'
import { CniError, type CniErrorCode, type CniPorts } from '@manx/cni'
import { goTimestamp, type Ipam, type IpamErrorCode } from '@manx/ipam'
import type { Metrics } from '../health/metrics.ts'

/** What the pod itself must change; everything else may be different at the next try. */
const podsFault: readonly IpamErrorCode[] = ['InvalidRequest', 'AddressOutsidePools', 'AddressInUse', 'OtherNode']

/** IPAM in the words of CNI. */
export function createAddressPort(
  ipam: Pick<Ipam, 'assign' | 'releaseByHandle'>,
  node: string,
  observe: Metrics['observeIpam'] = () => undefined,
): CniPorts['addresses'] {
  const measured = async <T>(operation: 'assign' | 'releaseByHandle', work: () => Promise<T>): Promise<T> => {
    const began = performance.now()
    let result = 'ok'
    try {
      return await work()
    } catch (error) {
      result = ipamCode(error) ?? (isApiError(error) ? error.code : 'Other')
      throw error
    } finally {
      observe(operation, result, (performance.now() - began) / 1000)
    }
  }
  return {
    assign: async ({ handle, namespace, pod, families, pools, addresses, namespaceLabels, signal }) => {
      try {
        const wanted = {
          handle,
          attributes: { namespace, pod, node, timestamp: goTimestamp(Date.now()) },
          families: { v4: families.includes(4), v6: families.includes(6) },
          pools: { ...(pools[4] && { v4: pools[4] }), ...(pools[6] && { v6: pools[6] }) },
          ...(addresses.length === 0 ? {} : { addresses }),
          namespaceLabels,
          signal,
        }
        const assignments = await measured('assign', () => ipam.assign(wanted))
        return assignments.toSorted((a, b) => a.family - b.family).map(({ address }) => address)
      } catch (error) {
        throw translated(error, `no address for pod ${namespace}/${pod}`)
      }
    },
    releaseByHandle: async (handle, signal) => {
      try {
        await measured('releaseByHandle', () => ipam.releaseByHandle(handle, signal))
      } catch (error) {
        throw translated(error, `cannot release the addresses of ${handle}`)
      }
    },
  }
}

function translated(error: unknown, message: string): unknown {
  if (isApiError(error)) return new CniError('tryAgainLater', message, { details: error.message, cause: error })
  const code = ipamCode(error)
  if (code === undefined) return error
  const cniCode: CniErrorCode = podsFault.includes(code) ? 'podRefused' : 'tryAgainLater'
  return new CniError(cniCode, message, { details: messageOf(error), cause: error })
}

function ipamCode(error: unknown): IpamErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  return 'name' in error && error.name === 'IpamError' && 'code' in error ? (error.code as IpamErrorCode) : undefined
}
