import { describe, expect, test } from '@jest/globals'
import {
  ApiError,
  type ClusterInformation,
  createStore,
  type IPAMConfiguration,
  type KubernetesObject,
  type ObjectRef,
  parseAddress,
  type Resource,
} from '@manx/api'
import { createClusterView, type IpamStores } from '../src/allocator/cluster-view.ts'
import { MemoryApi } from './support/memory-api.ts'

/** Counts what is asked for. */
class CountingApi extends MemoryApi {
  readonly asked: string[] = []

  override async get<T>(resource: Resource<T>, ref: ObjectRef): Promise<T> {
    this.asked.push(resource.plural)
    return super.get(resource, ref)
  }

  override async list<T>(resource: Resource<T>) {
    this.asked.push(resource.plural)
    return super.list(resource)
  }
}

function locked(api: MemoryApi) {
  const put = (key: string, kind: string, spec: object) =>
    api.objects.set(key, { apiVersion: 'x', kind, metadata: { name: 'default' }, spec } as KubernetesObject)
  put('clusterinformations/default', 'ClusterInformation', { datastoreReady: false })
  put('ipamconfigurations/default', 'IPAMConfiguration', {
    strictAffinity: true,
    autoAllocateBlocks: true,
    ipCooldownSeconds: 60,
  })
}

describe('what the allocator knows of the cluster', () => {
  test.each<[string, Pick<IpamStores, 'hasSynced'>]>([
    ['that have not listed yet', { hasSynced: () => false }],
    ['of which nobody says whether they have', {}],
  ])('is read live where stores lack it %s', async (_, more) => {
    const api = new CountingApi()
    locked(api)
    const stores = {
      configurations: createStore<Pick<IPAMConfiguration, 'spec'>>(),
      clusterInformations: createStore<Pick<ClusterInformation, 'spec'>>(),
      ...more,
    }
    const view = createClusterView(api, 'n1', stores)
    expect(await view.locked()).toBe(true)
    expect(await view.settings()).toMatchObject({ cooldownSeconds: 60 })
  })

  test('is not asked for where the stores are complete', async () => {
    const api = new CountingApi()
    locked(api)
    const stores = {
      configurations: createStore<Pick<IPAMConfiguration, 'spec'>>(),
      clusterInformations: createStore<Pick<ClusterInformation, 'spec'>>(),
      reservations: createStore<{ readonly spec: { readonly reservedCIDRs?: readonly string[] } }>(),
      hasSynced: () => true,
    }
    stores.reservations.set('a', { spec: { reservedCIDRs: ['10.0.0.0/30', '10.0.0.9'] } })
    const view = createClusterView(api, 'n1', stores)
    expect(await view.locked()).toBe(false)
    expect(await view.settings()).toMatchObject({ cooldownSeconds: 0 })
    const reservations = await view.reservations()
    const has = (text: string) => {
      const address = parseAddress(text)
      return address !== undefined && reservations.has(address)
    }
    expect(['10.0.0.3', '10.0.0.4', '10.0.0.9'].map(has)).toEqual([true, false, true])
    expect(api.asked).toEqual([])
  })

  test.each(['Forbidden', 'Unavailable'] as const)('reservations that fail with %s are not none', async (code) => {
    const api = new MemoryApi({
      fault: (_, request) => {
        if (request.includes('ipreservations')) throw new ApiError(code, 'no')
      },
    })
    await expect(createClusterView(api, 'n1').reservations()).rejects.toMatchObject({ code })
  })
})
