import { describe, expect, test } from '@jest/globals'
import { ApiError, type WorkloadEndpoint } from '@manx/api'
import { IpamError, type IpamErrorCode } from '@manx/ipam'
import { createAddressPort } from '../../src/pods/address-port.ts'
import { createEndpointPort } from '../../src/pods/endpoint-port.ts'

const signal = new AbortController().signal
const request = {
  handle: 'h',
  namespace: 'default',
  pod: 'web',
  families: [4, 6] as const,
  pools: { 4: ['a'] },
  addresses: [],
  namespaceLabels: {},
  signal,
}

describe('addresses', () => {
  const failing = (error: Error) =>
    createAddressPort({ assign: () => Promise.reject(error), releaseByHandle: () => Promise.reject(error) }, 'node-1')

  test.each([
    ['Exhausted', 'tryAgainLater'],
    ['NoPool', 'tryAgainLater'],
    ['Locked', 'tryAgainLater'],
    ['AddressInUse', 'podRefused'],
    ['AddressOutsidePools', 'podRefused'],
  ] as const)('that IPAM refuses with %s are %s to the runtime', async (code: IpamErrorCode, expected) => {
    const failure = failing(new IpamError(code, 'why')).assign(request)
    await expect(failure).rejects.toMatchObject({
      code: expected,
      message: 'no address for pod default/web',
      details: 'why',
    })
  })

  test('are tried again when the API server is away', async () => {
    const failure = failing(new ApiError('Unreachable', 'no answer')).releaseByHandle('h', signal)
    await expect(failure).rejects.toMatchObject({ code: 'tryAgainLater', details: 'no answer' })
  })

  test('come IPv4 first, asked for with the pod as owner', async () => {
    const seen: unknown[] = []
    const assignment = (family: 4 | 6, address: string) => ({
      family,
      address,
      block: '',
      pool: '',
      sequenceNumber: 1n,
    })
    const port = createAddressPort(
      {
        assign: async (asked) => {
          seen.push(asked)
          return [assignment(6, 'fd00::1'), assignment(4, '10.0.0.1')]
        },
        releaseByHandle: async () => 0,
      },
      'node-1',
    )
    expect(await port.assign(request)).toEqual(['10.0.0.1', 'fd00::1'])
    expect(seen).toMatchObject([
      {
        handle: 'h',
        attributes: { namespace: 'default', pod: 'web', node: 'node-1' },
        families: { v4: true, v6: true },
        pools: { v4: ['a'] },
      },
    ])
  })
})

const pod = { uid: 'u', annotations: {}, namespaceAnnotations: {}, namespaceLabels: {} }

describe('endpoints', () => {
  const endpoint = (containerId: string, address: string): WorkloadEndpoint => ({
    namespace: 'default',
    pod: 'web',
    node: 'n',
    containerId,
    interfaceName: 'cali1',
    podInterface: 'eth0',
    addresses: [address],
  })

  test('tell BGP of their addresses, and a newer sandbox takes over', async () => {
    const addresses = new Set<string>()
    let programmed = true
    const { port } = createEndpointPort(
      {
        addEndpoint: async () => {},
        removeEndpoint: async () => {},
        restoreEndpoints: () => {},
        isProgrammed: () => programmed,
      },
      { setLocalAddress: (address, present) => void (present ? addresses.add(address) : addresses.delete(address)) },
    )
    await port.add(endpoint('old', '10.0.0.1'), pod, signal)
    await port.add(endpoint('new', '10.0.0.2'), pod, signal)
    expect([...addresses]).toEqual(['10.0.0.2'])
    await port.remove('cali1', 'old', signal)
    expect(port.has('cali1')).toBe(true)
    programmed = false
    expect(port.has('cali1')).toBe(false)
    programmed = true
    await port.remove('cali1', 'new', signal)
    expect(port.has('cali1')).toBe(false)
    expect(addresses.size).toBe(0)
  })

  test('that the kernel does not let go of hold nobody up for longer than the request has', async () => {
    const { port } = createEndpointPort(
      {
        addEndpoint: async () => {},
        removeEndpoint: () => new Promise(() => undefined),
        restoreEndpoints: () => {},
        isProgrammed: () => true,
      },
      { setLocalAddress: () => {} },
    )
    await expect(port.remove('cali1', 'c', AbortSignal.abort(new Error('time is up')))).rejects.toThrow('time is up')
  })

  test('that felix refuses are tried again', async () => {
    const { port } = createEndpointPort(
      {
        addEndpoint: () => Promise.reject(new Error('busy')),
        removeEndpoint: async () => {},
        restoreEndpoints: () => {},
        isProgrammed: () => false,
      },
      { setLocalAddress: () => {} },
    )
    await expect(port.add(endpoint('c', '10.0.0.1'), pod, signal)).rejects.toMatchObject({
      code: 'tryAgainLater',
      message: 'cannot program pod default/web',
      details: 'busy',
    })
  })
})
