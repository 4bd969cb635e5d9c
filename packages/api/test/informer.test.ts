import { expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import {
  BGPConfiguration,
  type Change,
  type ConfigMap,
  configMaps,
  createClient,
  createInformer,
  FelixConfiguration,
  ignoreNotFound,
  type KubernetesClient,
  type KubernetesObject,
  type Logger,
  pause,
  type Resource,
  resourceOf,
  silentLogger,
  type WatchEvent,
} from '../src/index.ts'
import { withApiServer } from './with-api-server.ts'

withApiServer('informers with a real API server', (api) => {
  const write = (through: KubernetesClient, name: string, value: string) =>
    through.apply(
      configMaps,
      { metadata: { namespace: 'default', name, labels: { test: 'yes' } }, data: { value } },
      { fieldManager: 'test', force: true },
    )

  /** An informer of the test's config maps, projected to their value, with all that it reported. */
  function follow(logger: Logger = silentLogger) {
    const controller = new AbortController()
    const informer = createInformer(api.client, configMaps, {
      namespace: 'default',
      labelSelector: 'test=yes',
      pageSize: 3,
      project: (object: ConfigMap) => object.data?.value ?? '',
      logger,
    })
    const changes: Change<string>[] = []
    informer.store.subscribe((change) => {
      // What a listener hears and what the store shows are the same at every moment.
      expect(informer.store.get(change.key)).toBe(change.type === 'removed' ? undefined : change.object)
      changes.push(change)
    })
    const ended = informer.run(controller.signal)
    return {
      informer,
      changes,
      values: () => Object.fromEntries(informer.store.entries()),
      stop: async () => {
        controller.abort()
        await ended
      },
    }
  }

  async function clear() {
    const { items } = await api.client.list(configMaps, { namespace: 'default', labelSelector: 'test=yes' })
    for (const { metadata } of items) await api.client.delete(configMaps, metadata)
  }

  test('the store is complete when it says so, and follows every change in order', async () => {
    for (let index = 0; index < 10; index++) await write(api.client, `first-${index}`, String(index))
    const followed = follow()
    expect(followed.informer.hasSynced).toBe(false)
    await followed.informer.synced
    expect(followed.informer.store.size).toBe(10)
    expect(followed.changes.map(({ type }) => type)).toEqual(Array(10).fill('added'))
    followed.changes.length = 0
    await write(api.client, 'first-0', 'new')
    await write(api.client, 'another', '1')
    await api.client.delete(configMaps, 'default/first-1')
    await eventually(() => expect(followed.changes).toHaveLength(3))
    expect(followed.changes).toEqual([
      { type: 'updated', key: 'default/first-0', object: 'new', previous: '0' },
      { type: 'added', key: 'default/another', object: '1' },
      { type: 'removed', key: 'default/first-1', previous: '1' },
    ])
    await followed.stop()
    await clear()
  })

  test('an informer that may have missed something says so, and hurries for who waits', async () => {
    const followed = follow()
    const { informer } = followed
    await informer.synced
    expect(informer.behindSince).toBeUndefined()
    await api.server.kill()
    await eventually(() => expect(informer.behindSince).toEqual(expect.any(Number)))
    const inVain = informer.caughtUp(AbortSignal.timeout(100))
    await inVain
    expect(informer.behindSince).toEqual(expect.any(Number))
    await api.server.start()
    await write(api.client, 'missed', 'not for long')
    await informer.caughtUp(new AbortController().signal)
    expect(informer.behindSince).toBeUndefined()
    // The watch may have begun anew before this was written.
    await eventually(() => expect(informer.store.get('default/missed')).toBe('not for long'))
    await followed.stop()
    await clear()
  }, 60_000)

  test('a change of what the projection leaves out wakes nobody', async () => {
    await write(api.client, 'noisy', 'same')
    const followed = follow()
    await followed.informer.synced
    followed.changes.length = 0
    const annotate = (note: string) => {
      const metadata = { namespace: 'default', name: 'noisy', annotations: { note } }
      return api.client.apply(configMaps, { metadata }, { fieldManager: 'noise', force: true })
    }
    for (const note of ['1', '2', '3']) await annotate(note)
    await write(api.client, 'noisy', 'different')
    await eventually(() => expect(followed.values()).toEqual({ 'default/noisy': 'different' }))
    expect(followed.changes.map((change) => 'object' in change && change.object)).toEqual(['different'])
    await followed.stop()
    await clear()
  })

  test('what happened while the API server was gone is made up for, deletes included, and nothing else is touched', async () => {
    for (const name of ['kept', 'changed', 'deleted', 'replaced']) await write(api.client, name, 'before')
    const followed = follow()
    await followed.informer.synced
    followed.changes.length = 0
    await api.server.kill()
    const other = await api.server.startAnother()
    const otherClient = await createClient({ kubeconfig: other.kubeconfig })
    await write(otherClient, 'changed', 'after')
    await otherClient.delete(configMaps, 'default/deleted')
    await otherClient.delete(configMaps, 'default/replaced')
    await write(otherClient, 'replaced', 'after')
    await write(otherClient, 'new', 'after')
    await otherClient.close()
    await other.stop()
    await api.server.forget()
    const wanted = {
      'default/kept': 'before',
      'default/changed': 'after',
      'default/replaced': 'after',
      'default/new': 'after',
    }
    await eventually(() => expect(followed.values()).toEqual(wanted), { timeout: 60_000 })
    const changesOf = (key: string) => followed.changes.filter((change) => change.key === key).map(({ type }) => type)
    expect(changesOf('default/kept')).toEqual([])
    expect(changesOf('default/changed')).toEqual(['updated'])
    expect(changesOf('default/deleted')).toEqual(['removed'])
    // Another object of the same name: the end of the first one is reported, too.
    expect(changesOf('default/replaced')).toEqual(['removed', 'added'])
    expect(changesOf('default/new')).toEqual(['added'])
    await write(api.client, 'kept', 'afterwards')
    await eventually(() => expect(followed.informer.store.get('default/kept')).toBe('afterwards'))
    await followed.stop()
    await clear()
  }, 120_000)

  test('losing the API server is said once, and finding it again once', async () => {
    const lines: string[] = []
    const note = (message: string) => void lines.push(message)
    const followed = follow({ ...silentLogger, info: note, warn: note, error: note })
    await followed.informer.synced
    await api.server.kill()
    await eventually(() => expect(lines).toHaveLength(1))
    await pause(1000)
    await api.server.start()
    await eventually(() => expect(lines).toHaveLength(2), { timeout: 60_000 })
    expect(lines[0]).toMatch(/^Cannot follow configmaps, will try again: Cannot watch configmaps: no answer from /)
    expect(lines[1]).toBe('Following configmaps again')
    await followed.stop()
  }, 120_000)

  test('a malformed object is named once and treated as missing until it is right; the others go on', async () => {
    const resource = resourceOf(BGPConfiguration)
    const lines: string[] = []
    const note = (message: string) => void lines.push(message)
    const controller = new AbortController()
    const informer = createInformer(api.client, resource, { logger: { ...silentLogger, error: note, info: note } })
    const ended = informer.run(controller.signal)
    const advertise = (communities: readonly string[], asNumber: number) =>
      api.client.apply(
        resource,
        {
          metadata: { name: 'default' },
          spec: { asNumber, prefixAdvertisements: [{ cidr: '10.0.0.0/8', communities }] },
        },
        { fieldManager: 'test' },
      )
    await advertise(['64512:1'], 64_512)
    await eventually(() => expect(informer.store.get('default')?.spec.asNumber).toBe(64_512))
    await advertise(['nobody'], 64_513)
    await eventually(() => expect(informer.store.has('default')).toBe(false))
    await advertise(['nobody'], 64_514)
    await api.client.apply(
      resource,
      { metadata: { name: 'node.a' }, spec: { listenPort: 1179 } },
      { fieldManager: 'test' },
    )
    await eventually(() => expect(informer.store.get('node.a')?.spec.listenPort).toBe(1179))
    expect(lines).toEqual([
      'BGPConfiguration default is ignored: spec.prefixAdvertisements[0].communities[0] must be a name from spec.communities, or a value aa:nn or aa:nn:mm (is "nobody")',
    ])
    await advertise(['64512:2'], 64_515)
    await eventually(() => expect(informer.store.get('default')?.spec.asNumber).toBe(64_515))
    expect(lines[1]).toBe('BGPConfiguration default is right again')
    controller.abort()
    await ended
  })

  test('of configuration, what is right is followed, with the last valid value of the rest', async () => {
    const resource = resourceOf(FelixConfiguration)
    // As an older version, or somebody else, may have it installed: it checks nothing.
    const crds = { ...resource, group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
    const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    const crd = { ...crds, kind: 'CustomResourceDefinition', namespaced: false } as Resource<KubernetesObject>
    const changes = [{ op: 'replace', path: '/spec/versions/0/schema', value: anything }]
    await api.client.patch(crd, 'felixconfigurations.projectcalico.org', changes, { type: 'json' })
    const controller = new AbortController()
    const reported: (string | undefined)[] = []
    const informer = createInformer(api.client, resource, {
      logger: silentLogger,
      salvage: { specOf: ({ spec }) => spec, defaults: 'all' },
      onMalformed: (_, malformed) => reported.push(malformed?.message),
    })
    const ended = informer.run(controller.signal)
    await informer.synced
    const shown = () => informer.store.get('default')?.spec
    const put = async (spec: object) => {
      const present = await ignoreNotFound(api.client.get(resource, 'default'))
      const metadata = { name: 'default', ...present?.metadata }
      if (present === undefined) await api.client.create(resource, { metadata, spec } as never)
      else await api.client.update(resource, { ...present, spec } as never)
    }
    // The API server needs a moment to take the change up.
    await eventually(() => put({ ipv6Support: 'yes', mtuIfacePattern: '^eth' }))
    await eventually(() => expect(shown()).toEqual({ mtuIfacePattern: '^eth' }))
    await put({ ipv6Support: false, mtuIfacePattern: '^eth' })
    await eventually(() => expect(shown()).toEqual({ ipv6Support: false, mtuIfacePattern: '^eth' }))
    await put({ ipv6Support: 'no', mtuIfacePattern: '^en' })
    await eventually(() => expect(shown()).toEqual({ ipv6Support: false, mtuIfacePattern: '^en' }))
    expect(reported).toEqual([
      expect.stringContaining('spec.ipv6Support'),
      undefined,
      expect.stringContaining('spec.ipv6Support'),
    ])
    await api.client.delete(resource, 'default')
    await eventually(() => expect(informer.store.size).toBe(0))
    expect(reported.at(-1)).toBeUndefined()
    controller.abort()
    await ended
  }, 60_000)

  test('a quiet watch gets bookmarks, so that its version stays young', async () => {
    const { resourceVersion } = await api.client.list(configMaps)
    const written = Promise.withResolvers<void>()
    const onOpen = () => void write(api.client, 'quiet', '1').then(() => written.resolve())
    const types: WatchEvent<ConfigMap>['type'][] = []
    // The server sends one each minute, and one shortly before it ends the watch.
    for await (const event of api.client.watch(configMaps, { resourceVersion, timeoutSeconds: 8, onOpen })) {
      types.push(event.type)
      if (event.type === 'BOOKMARK') {
        expect(Number(event.resourceVersion)).toBeGreaterThan(Number(resourceVersion))
        break
      }
    }
    await written.promise
    expect(types).toEqual(['ADDED', 'BOOKMARK'])
    await clear()
  })

  test('a listener that throws is reported and does not disturb the others', async () => {
    const lines: string[] = []
    const followed = follow({ ...silentLogger, error: (message) => void lines.push(message) })
    followed.informer.store.subscribe(() => {
      throw new Error('no')
    })
    await followed.informer.synced
    await write(api.client, 'loud', '1')
    await eventually(() => expect(followed.values()).toEqual({ 'default/loud': '1' }))
    expect(lines).toEqual(['A listener for configmaps failed on default/loud'])
    await followed.stop()
    await clear()
  })
})
