import { expect, test } from '@jest/globals'
import {
  ApiError,
  allKinds,
  type ConfigMap,
  configMaps,
  createClient,
  IPAMConfiguration,
  IPPool,
  isApiError,
  namespaces,
  resourceOf,
  secrets,
  type WatchEvent,
} from '../src/index.ts'
import { withApiServer } from './with-api-server.ts'

withApiServer('the client with a real API server', (api) => {
  const ipPools = resourceOf(IPPool)
  const configMap = (name: string, value: string) => ({ metadata: { namespace: 'default', name }, data: { value } })

  test('every CRD is accepted and every kind is served', async () => {
    const groups = (await api.client.read('/apis/projectcalico.org/v3')) as { resources: { name: string }[] }
    const withStatus = allKinds.filter(({ status }) => status !== undefined).map(({ plural }) => `${plural}/status`)
    expect(new Set(groups.resources.map(({ name }) => name))).toEqual(
      new Set([...allKinds.map(({ plural }) => plural), ...withStatus]),
    )
    expect(allKinds).toHaveLength(22)
  })

  test('a list of many pages has every object once, each with its kind', async () => {
    for (let index = 0; index < 25; index++) {
      await api.client.create(configMaps, {
        ...configMap(`page-${index}`, 'x'),
        metadata: { namespace: 'default', name: `page-${index}`, labels: { pages: 'yes' } },
      })
    }
    const pages: number[] = []
    for await (const page of api.client.listPages(configMaps, { labelSelector: 'pages=yes', limit: 10 })) {
      pages.push(page.items.length)
    }
    expect(pages).toEqual([10, 10, 5])
    const { items } = await api.client.list(configMaps, { namespace: 'default', labelSelector: 'pages=yes', limit: 7 })
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(25)
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  })

  test('a write on an old version is a conflict, and names verb and object', async () => {
    const first = await api.client.create(configMaps, configMap('cas', '1'))
    const second = await api.client.update(configMaps, { ...first, data: { value: '2' } })
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion)
    const stale = api.client.update(configMaps, { ...first, data: { value: '3' } })
    await expect(stale).rejects.toMatchObject({ name: 'ApiError', code: 'Conflict', status: 409 })
    await expect(stale).rejects.toThrow(/^Cannot update configmaps default\/cas: /)
    expect((await api.client.get(configMaps, 'default/cas')).data).toEqual({ value: '2' })
  })

  test('an update without a version is refused before it is sent', async () => {
    const blind: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('blind', '1') }
    await expect(async () => api.client.update(configMaps, blind)).rejects.toThrow(
      'metadata.resourceVersion is required',
    )
  })

  test('a delete with the wrong identity or version deletes nothing', async () => {
    const object = await api.client.create(configMaps, configMap('precious', '1'))
    for (const wrong of [{ uid: '00000000-0000-0000-0000-000000000000' }, { resourceVersion: '1' }]) {
      await expect(api.client.delete(configMaps, 'default/precious', wrong)).rejects.toMatchObject({ code: 'Conflict' })
    }
    const { uid = '', resourceVersion = '' } = object.metadata
    await api.client.delete(configMaps, 'default/precious', { uid, resourceVersion })
    await expect(api.client.get(configMaps, 'default/precious')).rejects.toMatchObject({
      code: 'NotFound',
      status: 404,
    })
  })

  test('server-side apply keeps what others own, and a foreign field is a conflict until it is forced', async () => {
    const metadata = { namespace: 'default', name: 'ssa' }
    await api.client.apply(configMaps, { metadata, data: { mine: '1' } }, { fieldManager: 'one' })
    await api.client.apply(configMaps, { metadata, data: { yours: '1' } }, { fieldManager: 'two' })
    expect((await api.client.get(configMaps, metadata)).data).toEqual({ mine: '1', yours: '1' })
    const take = { metadata, data: { mine: '2' } }
    await expect(api.client.apply(configMaps, take, { fieldManager: 'two' })).rejects.toMatchObject({
      code: 'Conflict',
    })
    const forced = await api.client.apply(configMaps, take, { fieldManager: 'two', force: true })
    expect(forced.data).toEqual({ mine: '2' })
  })

  test('the status is written apart from the spec', async () => {
    const pool = await api.client.create(ipPools, { metadata: { name: 'status' }, spec: { cidr: '10.9.0.0/16' } })
    const condition = {
      type: 'Allocatable',
      status: 'True',
      reason: 'OK',
      message: '',
      lastTransitionTime: '2026-01-31T12:00:00Z',
    } as const
    const written = await api.client.updateStatus(ipPools, {
      ...pool,
      spec: { ...pool.spec, natOutgoing: true },
      status: { conditions: [condition] },
    })
    expect(written.status).toEqual({ conditions: [condition] })
    expect(written.spec.natOutgoing).toBeUndefined()
    const patched = await api.client.patchStatus(ipPools, 'status', { status: { conditions: [] } })
    expect(patched.status?.conditions).toEqual([])
  })

  test('the three patch types work', async () => {
    await api.client.create(configMaps, configMap('patched', '1'))
    const merged = await api.client.patch(configMaps, 'default/patched', { data: { a: '1', value: null } })
    expect(merged.data).toEqual({ a: '1' })
    const operations = [{ op: 'replace', path: '/data/a', value: '2' }]
    expect((await api.client.patch(configMaps, 'default/patched', operations, { type: 'json' })).data).toEqual({
      a: '2',
    })
    const strategic = { metadata: { labels: { x: 'y' } } }
    const labelled = await api.client.patch(configMaps, 'default/patched', strategic, { type: 'strategic' })
    expect(labelled.metadata.labels).toEqual({ x: 'y' })
  })

  test('a refused object has every cause with its field', async () => {
    const spec = { cidr: '10.0.0.1/16', ipipMode: 'Always' as const, nodeSelector: 'global()' }
    const error = await api.client
      .create(ipPools, { metadata: { name: 'bad' }, spec })
      .catch((reason: unknown) => reason)
    if (!isApiError(error, 'Invalid')) throw error
    expect(new Set(error.causes.map(({ field }) => field))).toEqual(
      new Set(['spec.cidr', 'spec.ipipMode', 'spec.nodeSelector']),
    )
  })

  test('create twice: AlreadyExists', async () => {
    const spec = { strictAffinity: false, autoAllocateBlocks: true }
    const resource = resourceOf(IPAMConfiguration)
    const stored = await api.client.create(resource, { metadata: { name: 'default' }, spec })
    expect(stored.spec).toEqual({ ...spec, maxBlocksPerHost: 0 })
    const again = api.client.create(resource, { metadata: { name: 'default' }, spec })
    await expect(again).rejects.toMatchObject({ code: 'AlreadyExists' })
  })

  test('a watch reports what happens after its version, in order', async () => {
    const { resourceVersion } = await api.client.list(configMaps, { namespace: 'default' })
    const created = await api.client.create(configMaps, configMap('watched', '1'))
    await api.client.update(configMaps, { ...created, data: { value: '2' } })
    await api.client.delete(configMaps, 'default/watched')
    const events: WatchEvent<ConfigMap>['type'][] = []
    const fieldSelector = 'metadata.name=watched'
    for await (const event of api.client.watch(configMaps, { namespace: 'default', fieldSelector, resourceVersion })) {
      events.push(event.type)
      if (event.type === 'DELETED') break
    }
    expect(events.filter((type) => type !== 'BOOKMARK')).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
  })

  test('a watch ends by itself without an error, and a silent one fails by its idle timeout', async () => {
    const { resourceVersion } = await api.client.list(namespaces)
    const watch = async (options: { timeoutSeconds?: number; idleTimeout?: number }) => {
      for await (const event of api.client.watch(namespaces, { resourceVersion, ...options })) {
        if (event.type !== 'BOOKMARK') throw new Error('nothing was written')
      }
    }
    await watch({ timeoutSeconds: 1 })
    await expect(watch({ timeoutSeconds: 60, idleTimeout: 1000 })).rejects.toMatchObject({ code: 'Timeout' })
  })

  test("the caller's signal ends requests and watches with its own reason", async () => {
    const stop = new Error('stop')
    await expect(api.client.get(namespaces, 'default', { signal: AbortSignal.abort(stop) })).rejects.toBe(stop)
    const controller = new AbortController()
    const { resourceVersion } = await api.client.list(namespaces)
    const watch = async () => {
      for await (const _ of api.client.watch(namespaces, { resourceVersion, signal: controller.signal }));
    }
    const watching = watch()
    setTimeout(() => controller.abort(stop), 100)
    await expect(watching).rejects.toBe(stop)
  })

  test('a wrong token is Unauthorized and is in no message', async () => {
    const { writeFile, readFile } = await import('node:fs/promises')
    const text = await readFile(api.server.kubeconfig, 'utf8')
    const path = `${api.server.folder}/wrong.yaml`
    await writeFile(path, text.replace(api.server.token, 'wrong-secret-token'))
    const stranger = await createClient({ kubeconfig: path })
    const error = await stranger.get(namespaces, 'default').catch((reason: unknown) => reason)
    expect(isApiError(error, 'Unauthorized')).toBe(true)
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret-token')
    // The token is renewed: the next request reads the file again.
    await writeFile(path, text)
    await expect(stranger.get(namespaces, 'default')).resolves.toMatchObject({ kind: 'Namespace' })
    await stranger.close()
  })

  test('an error about a Secret does not repeat the Secret', async () => {
    const data = { password: 'not base64 ***' }
    const error = await api.client
      .create(secrets, { metadata: { namespace: 'default', name: 'secret' }, data })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(String(error)).toMatch(/^ApiError: Cannot create secrets default\/secret: HTTP 400/)
    expect(String(error)).not.toContain('***')
  })

  test('more requests than connections wait for their turn', async () => {
    const narrow = await createClient({ kubeconfig: api.server.kubeconfig, maxConcurrency: 2 })
    const answers = await Promise.all(Array.from({ length: 50 }, () => narrow.get(namespaces, 'default')))
    expect(answers).toHaveLength(50)
    await narrow.close()
  })

  test('names that are missing or lack their namespace are refused before anything is sent', async () => {
    await expect(async () => api.client.get(configMaps, 'alone')).rejects.toThrow('must be given as namespace/name')
    await expect(async () => api.client.delete(ipPools, '')).rejects.toThrow('must be given as name')
  })

  test('after the API server is gone: Unreachable; after it is back the same client works', async () => {
    await api.server.kill()
    const gone = api.client.get(namespaces, 'default', { timeout: 3000 })
    await expect(gone).rejects.toMatchObject({ code: 'Unreachable' })
    await expect(gone).rejects.toThrow(/^Cannot get namespaces default: no answer from https:.* \(ECONNREFUSED\)$/)
    await api.server.start()
    await expect(api.client.get(namespaces, 'default')).resolves.toMatchObject({ kind: 'Namespace' })
  }, 60_000)

  test('a list whose history expires between two pages begins anew and is complete', async () => {
    const seen: string[] = []
    let restarts = 0
    for await (const page of api.client.listPages(configMaps, { labelSelector: 'pages=yes', limit: 10 })) {
      if (page.restarted) {
        restarts++
        seen.length = 0
      }
      seen.push(...page.items.map(({ metadata }) => metadata.name))
      if (restarts === 0) {
        await api.client.patch(configMaps, 'default/page-0', { data: { touched: String(seen.length) } })
        await api.server.forget()
      }
    }
    expect(restarts).toBe(1)
    expect(new Set(seen).size).toBe(25)
    expect(seen).toHaveLength(25)
  }, 60_000)

  test('a watch from before the history fails with Gone', async () => {
    const { resourceVersion } = await api.client.list(configMaps)
    await api.client.patch(configMaps, 'default/page-1', { data: { touched: 'again' } })
    await api.server.forget()
    const watch = async () => {
      for await (const _ of api.client.watch(configMaps, { resourceVersion, timeoutSeconds: 5 }));
    }
    await expect(watch()).rejects.toMatchObject({ code: 'Gone', status: 410 })
  }, 60_000)
})
