import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type KubernetesClient, nodes, pods } from '@manx/api'
import { eventually, output, skipReason } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, startApiServer } from '../../../api/test/api-server.ts'

const deploy = join(import.meta.dirname, '..', '..', '..', '..', 'deploy')
const program = (): string => join(process.env.MANX_COMPONENTS ?? '', 'kubectl')

/** A real API server with the manifests, its admission policies at work, and real tokens for the accounts in it. */
export interface GuardedCluster extends AsyncDisposable {
  readonly admin: KubernetesClient
  /** The agent on this node, with the token of its pod. */
  agent(node: string): Promise<KubernetesClient>
  /** A service account, `namespace/name`, with a token of no pod. */
  account(name: string): Promise<KubernetesClient>
  /** Runs kubectl as the administrator. */
  kubectl(args: readonly string[], input?: string): Promise<string>
}

/** The folder of a component of the manifests, for `kubectl apply -k`. */
export const component = (name: string): string => join(deploy, 'components', name)

/** Why there can be no such cluster here; undefined when there can. */
export function guardedClusterSkipReason(): string | undefined {
  return apiServerSkipReason() ?? skipReason({ commands: [program()] })
}

/** A node whose name with that of a block is too long for the name of an object. */
export const longNode = `${'rack-7.'.repeat(35)}node`

const agentPod = (node: string) => `agent-${node === longNode ? 'long' : node}`

/** Starts it with nodes node-1, node-2 and `longNode`, an agent's pod on each, and pods `default/pod-1` and `default/pod-2` beside. */
export async function startGuardedCluster(): Promise<GuardedCluster> {
  await using parts = new AsyncDisposableStack()
  const api = await startApiServer()
  parts.defer(() => api.stop())
  const kubectl = (args: readonly string[], input?: string) =>
    output(program(), ['--kubeconfig', api.kubeconfig, ...args], input === undefined ? {} : { input })
  await kubectl(['apply', '--server-side', '-k', join(deploy, 'overlays', 'lab')])
  await kubectl(['apply', '--server-side', '-k', component('admission-defaults')])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
  const admin = parts.adopt(await api.client(), (client) => client.close())
  await createObjects(admin)
  const clients = new Map<string, Promise<KubernetesClient>>()
  const withToken = (...args: readonly string[]): Promise<KubernetesClient> => {
    const key = args.join(' ')
    const known = clients.get(key)
    if (known !== undefined) return known
    const made = kubectl(['create', 'token', ...args]).then((token) => clientWithToken(api, token.trim(), clients.size))
    clients.set(key, made)
    return made
  }
  const agent = (node: string) =>
    withToken('-n', 'manx-system', 'manx-agent', '--bound-object-kind=Pod', `--bound-object-name=${agentPod(node)}`)
  const account = (name: string) => {
    const [namespace = '', serviceAccount = ''] = name.split('/')
    return withToken('-n', namespace, serviceAccount)
  }
  parts.defer(async () => {
    for (const client of clients.values()) await (await client).close()
  })
  await policiesWork(kubectl)
  const all = parts.move()
  return { admin, agent, account, kubectl, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function createObjects(admin: KubernetesClient): Promise<void> {
  const spec = (nodeName: string) => ({ nodeName, containers: [{ name: 'a', image: 'none' }] })
  await admin.create(nodes, { metadata: { name: longNode } })
  for (const number of [1, 2]) {
    const node = `node-${number}`
    await admin.create(nodes, { metadata: { name: node, annotations: { 'example.com/rack': 'r1' } } })
    await admin.create(pods, { metadata: { name: `pod-${number}`, namespace: 'default' }, spec: spec(node) })
  }
  for (const node of ['node-1', 'node-2', longNode]) {
    await admin.create(pods, {
      metadata: { name: agentPod(node), namespace: 'manx-system' },
      spec: { ...spec(node), serviceAccountName: 'manx-agent' },
    })
  }
}

async function clientWithToken(api: ApiServer, token: string, number: number): Promise<KubernetesClient> {
  const text = await readFile(api.kubeconfig, 'utf8')
  const kubeconfig = join(api.folder, `user-${number}.yaml`)
  await writeFile(kubeconfig, text.replace(api.token, token))
  return createClient({ kubeconfig })
}

/** The API server watches its policies, and those with parameters the parameters, too: until it has them, everything passes. */
async function policiesWork(kubectl: GuardedCluster['kubectl']): Promise<void> {
  const create = (object: object, ...args: readonly string[]) =>
    kubectl(['create', '-f', '-', ...args], JSON.stringify(object))
  const refused = (words: string, object: object) =>
    eventually(
      async () => {
        const answer = await create(object, '--dry-run=server').catch(String)
        if (!answer.includes(words)) throw new Error(`expected "${words}", got: ${answer}`)
      },
      { timeout: 90_000, interval: 200 },
    )
  // It learns of them in their order, so the last one tells of all.
  for (const policy of lastPolicy) await create(policy)
  await refused('the policies work', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'last' } })
  const pool = (name: string, cidr: string) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'IPPool',
    metadata: { name },
    spec: { cidr },
  })
  await create(pool('probe', '192.0.2.0/24'))
  await refused('overlaps IPPool probe', pool('other', '192.0.2.0/26'))
  await kubectl(['delete', 'ippool', 'probe'])
}

const lastPolicy = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'last' },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
      },
      validations: [{ expression: "object.metadata.name != 'last'", message: 'the policies work' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'last' },
    spec: { policyName: 'last', validationActions: ['Deny'] },
  },
]
