import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, output, run, startDaemon } from '@manx/testbed'

/** A real API server with RBAC and admission, driven by kubectl as its administrator. */
export interface ApiServer extends AsyncDisposable {
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** One request as another user; answers the status and the message. */
  as(user: User, method: string, path: string, body?: object, contentType?: string): Promise<Answer>
}

export interface User {
  readonly name: string
  /** What the token of a pod on this node would say. */
  readonly node?: string
}

export interface Answer {
  readonly status: number
  readonly message: string
}

/** Starts etcd and kube-apiserver from $MANX_COMPONENTS on free ports of the loopback. */
export async function startApiServer(): Promise<ApiServer> {
  const program = (name: string) => join(process.env.MANX_COMPONENTS ?? '', name)
  const folder = await mkdtemp(join(tmpdir(), 'manx-manifests-'))
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()])
  const etcdUrl = `http://127.0.0.1:${client}`
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.reverse()) await daemon.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const token = randomBytes(16).toString('hex')
    await writeFile(join(folder, 'key'), privateKey.export({ type: 'sec1', format: 'pem' }))
    await writeFile(join(folder, 'public'), publicKey.export({ type: 'spki', format: 'pem' }))
    await writeFile(join(folder, 'tokens'), `${token},admin,1,system:masters\n`)
    const etcdArgs = {
      'data-dir': join(folder, 'etcd'),
      'listen-client-urls': etcdUrl,
      'advertise-client-urls': etcdUrl,
      'listen-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
      'initial-cluster': `default=http://127.0.0.1:${peer}`,
      'unsafe-no-fsync': 'true',
    }
    const flags = (args: Readonly<Record<string, string>>) =>
      Object.entries(args).map(([key, value]) => `--${key}=${value}`)
    const answers = (url: string) => run('curl', ['-skf', '-H', `Authorization: Bearer ${token}`, url])
    daemons.push(
      await startDaemon(program('etcd'), flags(etcdArgs), {
        ready: async () => (await answers(`${etcdUrl}/readyz`)).code === 0,
      }),
    )
    const server = `https://127.0.0.1:${port}`
    const apiArgs = {
      'etcd-servers': etcdUrl,
      'secure-port': String(port),
      'bind-address': '127.0.0.1',
      'cert-dir': join(folder, 'certificates'),
      'token-auth-file': join(folder, 'tokens'),
      'authorization-mode': 'RBAC',
      'service-account-issuer': 'https://manx.test',
      'service-account-key-file': join(folder, 'public'),
      'service-account-signing-key-file': join(folder, 'key'),
      'service-cluster-ip-range': '10.96.0.0/24',
      'endpoint-reconciler-type': 'none',
      'disable-admission-plugins': 'ServiceAccount',
    }
    daemons.push(
      await startDaemon(program('kube-apiserver'), flags(apiArgs), {
        ready: async () => (await answers(`${server}/readyz`)).code === 0,
        startTimeout: 60_000,
      }),
    )
    return {
      kubectl: (args, input) =>
        output(
          program('kubectl'),
          [
            '--server',
            server,
            '--token',
            token,
            '--insecure-skip-tls-verify',
            '--cache-dir',
            join(folder, 'cache'),
            ...args,
          ],
          input === undefined ? {} : { input },
        ),
      as: async (user, method, path, body, contentType = 'application/json') => {
        const headers = [
          `Authorization: Bearer ${token}`,
          `Impersonate-User: ${user.name}`,
          `Content-Type: ${contentType}`,
          ...(user.node === undefined
            ? []
            : [`Impersonate-Extra-authentication.kubernetes.io%2Fnode-name: ${user.node}`]),
        ]
        const data = body === undefined ? [] : ['--data-binary', '@-']
        const args = ['-sk', '-X', method, ...headers.flatMap((header) => ['-H', header]), ...data]
        const input = body === undefined ? {} : { input: JSON.stringify(body) }
        const text = await output('curl', [...args, '-w', '\n%{http_code}', `${server}${path}`], input)
        const at = text.lastIndexOf('\n')
        // What is not served at all is answered in plain text.
        const answer = text.startsWith('{') ? text.slice(0, at) : JSON.stringify({ message: text.slice(0, at) })
        const { message = '' } = JSON.parse(answer) as { message?: string }
        return { status: Number(text.slice(at + 1)), message }
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The kernel gives it out; it stays free for the moment until it is used. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
