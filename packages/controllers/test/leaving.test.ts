import { accessSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  events,
  GlobalNetworkPolicy,
  IPPool,
  type KubernetesClient,
  namespaces,
  nodes,
  resourceOf,
  serviceAccounts,
  silentLogger,
  Tier,
} from '@manx/api'
import { createIpam, poolFinalizer } from '@manx/ipam'
import { type Daemon, eventually as repeat, run, startDaemon } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, startApiServer } from '../../api/test/api-server.ts'
import { followRemoval, type Removal } from '../src/leaving/follow-removal.ts'
import { accountFinalizer, leavingRole } from '../src/leaving/keep-rights.ts'
import { createLeaving } from '../src/leaving/leave.ts'
import { crdNameOf } from '../src/leaving/let-go.ts'
import { clusterRoleBindings, clusterRoles, deployments } from '../src/leaving/resources.ts'
import { createRightsKeeper } from '../src/leaving/rights-keeper.ts'
import { heldKinds } from '../src/run-controllers.ts'
import { type Bundle, bundleControllers, freePort } from './support/bundle.ts'

const base = new URL('../../../deploy/base', import.meta.url).pathname
const components = process.env.MANX_COMPONENTS ?? ''
const namespace = 'manx-system'
const account = 'manx-controllers'
const foreign = 'example.com/backup'
const gone = (get: () => Promise<unknown>) => expect(get()).rejects.toMatchObject({ code: 'NotFound' })

function skipReason(): string | undefined {
  const reason = apiServerSkipReason()
  if (reason !== undefined) return reason
  try {
    for (const program of ['kubectl', 'kube-controller-manager']) accessSync(join(components, program))
    return undefined
  } catch (error) {
    return `needs kubectl and kube-controller-manager: ${error}`
  }
}
const reason = skipReason()
/** Processes and an API server that start side by side need their time on a busy machine. */
const eventually = <T>(assertion: () => T | Promise<T>, { timeout = 60_000 } = {}) => repeat(assertion, { timeout })

;(reason === undefined ? describe : describe.skip)(
  `when Manx is taken off the cluster${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let server: ApiServer
    let client: KubernetesClient
    let bundle: Bundle
    let manager: Daemon
    beforeAll(async () => {
      bundle = await bundleControllers()
      server = await startApiServer()
      client = await server.client()
      // Deletes what is in a namespace, and what has lost its owners.
      manager = await startDaemon(join(components, 'kube-controller-manager'), [
        ...['--kubeconfig', server.kubeconfig, '--leader-elect=false', '--secure-port', String(await freePort())],
        ...['--bind-address=127.0.0.1', '--cert-dir', join(server.folder, 'manager')],
        '--controllers=namespace-controller,garbage-collector-controller',
      ])
      await install()
    }, 120_000)
    afterEach(() => bundle.stopAll())
    afterAll(async () => {
      await manager.stop('SIGKILL')
      await client.close()
      await server.stop()
      await bundle.remove()
    })

    const kubectl = (...args: readonly string[]) =>
      run(join(components, 'kubectl'), ['--kubeconfig', server.kubeconfig, ...args])

    /** As the account of the manifests, with no more rights than they give. */
    async function startAsAccount(name: string) {
      const { stdout: token } = await kubectl('-n', namespace, 'create', 'token', account)
      const path = join(server.folder, `kubeconfig-${name}`)
      const config = await readFile(server.kubeconfig, 'utf8')
      await writeFile(path, config.replace(server.token, token.trim()), { mode: 0o600 })
      const environment = { POD_NAMESPACE: namespace, SERVICE_ACCOUNT: account }
      return bundle.start({ name, kubeconfig: path, environment })
    }
    async function install(): Promise<void> {
      const applied = await kubectl('apply', '--server-side', '-k', base)
      if (applied.code !== 0) {
        // Kinds are served a moment after their CRDs are there.
        await eventually(async () => {
          const { code, stderr } = await kubectl('apply', '--server-side', '-k', base)
          if (code !== 0) throw new Error(stderr)
        })
      }
    }
    const finalizers = async () => {
      const pool = await client.get(resourceOf(IPPool), 'v4')
      const tier = await client.get(resourceOf(Tier), 'security')
      const { metadata } = await client.get(serviceAccounts, { namespace, name: account })
      return [pool.metadata, tier.metadata, metadata].map(({ finalizers: found = [] }) => found.length)
    }
    /** A pool and a tier that would stay for ever if they were deleted alone. */
    async function useEverything(): Promise<void> {
      await client.create(resourceOf(IPPool), { metadata: { name: 'v4' }, spec: { cidr: '10.0.0.0/16' } })
      const held = {
        metadata: { name: 'backup', finalizers: [foreign] },
        spec: { cidr: '10.1.0.0/16', disabled: true },
      }
      await client.create(resourceOf(IPPool), held)
      await client.create(nodes, { metadata: { name: 'n1' } })
      await client.create(resourceOf(Tier), { metadata: { name: 'security' }, spec: { order: 1 } })
      const spec = { tier: 'security', selector: 'all()' }
      await client.create(resourceOf(GlobalNetworkPolicy), { metadata: { name: 'holds' }, spec })
      const ipam = createIpam({ client, node: 'n1', logger: silentLogger })
      const attributes = { node: 'n1', namespace: 'default', pod: 'p' }
      await ipam.assign({ handle: 'h', attributes, families: { v4: true, v6: false } })
    }

    test('the rights to let go are made again when somebody has deleted them', async () => {
      const stop = new AbortController()
      const common = { client, namespace, serviceAccount: account, logger: silentLogger }
      const crds = heldKinds.map(crdNameOf)
      const removal = followRemoval({ ...common, deployment: account }, crds)
      const changes: boolean[] = []
      const onChange = () => void changes.push(rights.areKept)
      const rights = createRightsKeeper({ ...common, crds, removal, onChange, interval: 50, refresh: 200 })
      const running = [removal.run(stop.signal), rights.run(stop.signal)]
      const present = async () => {
        const both = await Promise.all([clusterRoles, clusterRoleBindings].map((kind) => client.get(kind, leavingRole)))
        return both.map(({ metadata: { uid, ownerReferences = [] } }) => ({ uid, owners: ownerReferences.length }))
      }
      await eventually(() => expect(changes).toEqual([true]))
      const before = await present()
      for (const kind of [clusterRoles, clusterRoleBindings]) await client.delete(kind, leavingRole)
      await eventually(async () => {
        const after = await present()
        expect(after.map(({ owners }) => owners)).toEqual([3, 3])
        expect(after.map(({ uid }) => uid)).not.toEqual(before.map(({ uid }) => uid))
      })
      stop.abort()
      await Promise.all(running)
      expect(changes).toEqual([true])
    }, 120_000)

    test('the account goes at the limit, and what others hold is not waited for', async () => {
      const elsewhere = { namespace: 'default', name: account }
      await client.create(serviceAccounts, { metadata: { ...elsewhere, finalizers: [accountFinalizer] } })
      let isAccountHeld = true
      const errors: string[] = []
      const logger = { ...silentLogger, error: (message: string) => void errors.push(message) }
      const stop = new AbortController()
      // The kinds are being deleted as slowly as in a large cluster: the API server has come to no object.
      const removal: Removal = {
        controllersEnd: () => true,
        kindEnds: () => true,
        kindIsGone: () => false,
        accountEnds: () => false,
        isAccountHeld: () => isAccountHeld,
        synced: Promise.resolve(),
        hasSynced: () => true,
        subscribe: (listener) => listener(),
        run: async () => undefined,
        informers: [],
      }
      const name = 'in-use'
      await client.create(resourceOf(IPPool), {
        metadata: { name, finalizers: [poolFinalizer, foreign] },
        spec: { cidr: '10.9.0.0/16' },
      })
      const leaving = createLeaving({
        client,
        removal,
        kinds: heldKinds,
        ...elsewhere,
        serviceAccount: account,
        logger,
      })
      const running = leaving.run(stop.signal)
      await eventually(async () =>
        expect((await client.get(resourceOf(IPPool), name)).metadata.finalizers).toEqual([foreign]),
      )
      await leaving.finish(AbortSignal.timeout(100))
      expect((await client.get(serviceAccounts, elsewhere)).metadata.finalizers ?? []).toEqual([])
      expect(errors).toEqual([expect.stringContaining('ippools.projectcalico.org')])

      // Now it has come to the pool, which is left for somebody else to let go.
      isAccountHeld = false
      await client.delete(resourceOf(IPPool), name)
      await leaving.finish(new AbortController().signal)
      expect(errors.length).toBe(1)
      stop.abort()
      await running
      await client.patch(resourceOf(IPPool), name, { metadata: { finalizers: null } })
    }, 120_000)

    test('nothing is held where nobody could let it go, and nothing is left that waits', async () => {
      const both = [await startAsAccount('one'), await startAsAccount('two')]
      await useEverything()
      const held = (wanted: readonly number[]) =>
        eventually(async () => expect(await finalizers()).toEqual(wanted), { timeout: 60_000 })
      await held([1, 1, 1])

      // Nobody is to run.
      const deployment = { namespace, name: account }
      await client.patch(deployments, deployment, { spec: { replicas: 0 } })
      await held([0, 0, 0])
      await client.patch(deployments, deployment, { spec: { replicas: 2 } })
      await held([1, 1, 1])
      const { metadata, spec = {} } = await client.get(deployments, deployment)
      await client.delete(deployments, deployment)
      await held([0, 0, 0])
      const { labels = {} } = metadata
      await client.create(deployments, { metadata: { ...deployment, labels }, spec })
      await held([1, 1, 1])

      // While Manx stays, both stay.
      for (const what of ['ippool/v4', 'tier/security']) {
        expect((await kubectl('delete', what, '--wait=false')).code).toBe(0)
      }
      await eventually(async () => {
        const pool = await client.get(resourceOf(IPPool), 'v4')
        expect(pool.status?.conditions?.map(({ reason: why }) => why)).toEqual(['Terminating', 'AddressesInUse'])
        const tier = await client.get(resourceOf(Tier), 'security')
        expect(tier.status?.conditions?.map(({ reason: why }) => why)).toEqual(['Terminating', 'PoliciesInTier'])
        const { items } = await client.list(events)
        const ours = items.filter(({ reportingController }) => reportingController === 'manx-controllers')
        const told = ours.map(({ regarding, reason: why }) => `${regarding?.kind} ${regarding?.name} ${why}`)
        expect(told).toEqual(expect.arrayContaining(['IPPool v4 Terminating', 'Tier security PoliciesInTier']))
      })

      // What is in the namespace may be gone before kubectl comes to it.
      const deleted = await kubectl('delete', '--ignore-not-found', '--wait=false', '-k', base)
      if (deleted.code !== 0) throw new Error(deleted.stderr)
      // Their pods end soon after, and what somebody else holds is still there: nothing may be left to them that is theirs.
      await Promise.all(both.map(({ daemon }) => daemon.stop('SIGTERM', 60_000)))
      expect(await Promise.all(both.map(({ daemon }) => daemon.exited))).toEqual([0, 0])
      await eventually(() => gone(() => client.get(serviceAccounts, { namespace, name: account })))
      await eventually(() => gone(() => client.get(resourceOf(IPPool), 'v4')))
      const backup = await client.get(resourceOf(IPPool), 'backup')
      expect(backup.metadata).toMatchObject({ deletionTimestamp: expect.anything(), finalizers: [foreign] })
      await client.patch(resourceOf(IPPool), 'backup', { metadata: { finalizers: null } })
      await eventually(() => gone(() => client.get(namespaces, namespace)))
      await eventually(async () => {
        const { items } = await client.list(clusterRoles)
        expect(items.map(({ metadata: { name } }) => name).filter((name) => name.includes('manx'))).toEqual([])
      })
    }, 300_000)
  },
)
