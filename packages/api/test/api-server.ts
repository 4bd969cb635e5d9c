import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { accessSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, eventually, startDaemon } from '@manx/testbed'
import { stringify } from 'yaml'
import {
  allKinds,
  crdOf,
  createClient,
  type KubernetesClient,
  type KubernetesObject,
  type Resource,
} from '../src/index.ts'

/** A real etcd and kube-apiserver on loopback, from the folder in $MANX_COMPONENTS. */
export interface ApiServer extends AsyncDisposable {
  readonly kubeconfig: string
  readonly server: string
  readonly folder: string
  readonly token: string
  client(): Promise<KubernetesClient>
  /** Kills kube-apiserver as a power cut would; etcd stays. */
  kill(): Promise<void>
  /** Starts kube-apiserver again on the same port. */
  start(): Promise<void>
  /** Starts a second kube-apiserver on the same etcd, and returns the path of its kubeconfig. */
  startAnother(): Promise<{ readonly kubeconfig: string; stop(): Promise<void> }>
  /** Forgets the history up to now, in etcd and in the cache of kube-apiserver: older watches and lists are gone. */
  forget(): Promise<void>
  stop(): Promise<void>
}

const programs = ['etcd', 'kube-apiserver'] as const

/** Why there can be no API server here; undefined when there can. */
export function apiServerSkipReason(): string | undefined {
  const folder = process.env.MANX_COMPONENTS
  if (folder === undefined) return 'needs MANX_COMPONENTS, a folder with etcd and kube-apiserver'
  const absent = programs.filter((program) => {
    try {
      accessSync(join(folder, program))
      return false
    } catch {
      return true
    }
  })
  return absent.length === 0 ? undefined : `needs ${absent.join(' and ')} in ${folder}`
}

/** Starts both; takes about five seconds. Everything is in a temporary folder that `stop` removes. */
export async function startApiServer(): Promise<ApiServer> {
  const components = process.env.MANX_COMPONENTS ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'manx-api-'))
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()])
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const peerUrl = `http://127.0.0.1:${peerPort}`
  const etcd = await startDaemon(
    join(components, 'etcd'),
    [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level=error'],
      ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
      ...[
        '--listen-peer-urls',
        peerUrl,
        '--initial-advertise-peer-urls',
        peerUrl,
        '--initial-cluster',
        `default=${peerUrl}`,
      ],
    ],
    { ready: async () => (await fetch(`${etcdUrl}/readyz`)).ok },
  )
  const token = randomBytes(16).toString('hex')
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,1,system:masters\n`)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(join(folder, 'sa.key'), privateKey)
  await writeFile(join(folder, 'sa.pub'), publicKey)

  const launch = async (onPort: number): Promise<Daemon> => {
    const certificates = join(folder, `certificates-${onPort}`)
    return startDaemon(
      join(components, 'kube-apiserver'),
      [
        ...['--etcd-servers', etcdUrl, '--bind-address=127.0.0.1', '--secure-port', String(onPort)],
        ...['--cert-dir', certificates, '--token-auth-file', join(folder, 'tokens.csv'), '--authorization-mode=RBAC'],
        ...['--service-account-issuer=https://manx.test', '--service-account-key-file', join(folder, 'sa.pub')],
        ...['--service-account-signing-key-file', join(folder, 'sa.key'), '--service-cluster-ip-range=10.96.0.0/16'],
        ...['--disable-admission-plugins=ServiceAccount', '--shutdown-delay-duration=0s', '--profiling=false'],
      ],
      { ready: () => isReady(join(certificates, 'apiserver.crt'), onPort, token), startTimeout: 60_000 },
    )
  }
  const kubeconfigFor = async (onPort: number): Promise<string> => {
    const path = join(folder, `kubeconfig-${onPort}.yaml`)
    await writeFile(path, kubeconfigText(join(folder, `certificates-${onPort}`, 'apiserver.crt'), onPort, token))
    return path
  }

  let apiServer = await launch(port)
  const kubeconfig = await kubeconfigFor(port)
  const stop = async () => {
    await apiServer.stop('SIGKILL')
    await etcd.stop('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  return {
    kubeconfig,
    folder,
    token,
    server: `https://127.0.0.1:${port}`,
    client: () => createClient({ kubeconfig }),
    kill: () => apiServer.stop('SIGKILL'),
    start: async () => {
      apiServer = await launch(port)
    },
    startAnother: async () => {
      const otherPort = await freePort()
      const other = await launch(otherPort)
      return { kubeconfig: await kubeconfigFor(otherPort), stop: () => other.stop('SIGKILL') }
    },
    forget: async () => {
      await compactEtcd(etcdUrl)
      await apiServer.stop('SIGKILL')
      apiServer = await launch(port)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const customResourceDefinitions: Resource<KubernetesObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}

/** Installs our CRDs and waits until they are served. */
export async function installKinds(client: KubernetesClient): Promise<void> {
  const manifests = allKinds.map(crdOf)
  await Promise.all(manifests.map((crd) => client.apply(customResourceDefinitions, crd, { fieldManager: 'test' })))
  const paths = allKinds.map(({ group, version, plural }) => `/apis/${group}/${version}/${plural}`)
  await Promise.all(paths.map((path) => eventually(() => client.read(path), { timeout: 30_000 })))
}

async function isReady(certificate: string, port: number, token: string): Promise<boolean> {
  const { request } = await import('node:https')
  return new Promise((resolve) => {
    const options = { ca: readFileSync(certificate), headers: { authorization: `Bearer ${token}` } }
    request(`https://127.0.0.1:${port}/readyz`, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })
}

function kubeconfigText(certificate: string, port: number, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': certificate } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  })
}

async function compactEtcd(url: string): Promise<void> {
  const call = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return (await response.json()) as { header?: { revision?: string } }
  }
  const { header } = await call('/v3/kv/range', { key: Buffer.from('a').toString('base64') })
  await call('/v3/kv/compaction', { revision: header?.revision, physical: true })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
