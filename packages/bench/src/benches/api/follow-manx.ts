// Follows all pods with our informer: follow-manx.ts whole|fields COUNT. Bundled before it is run, as our programs are.
import {
  createClient,
  createInformer,
  type InformerOptions,
  type KubernetesClient,
  type Labels,
  type Pod,
  podEndpoint,
  podMessage,
  pods,
  silentLogger,
} from '@manx/api'
import { createTeller } from './tell.mjs'

const [way, count] = process.argv.slice(2)

/** `fields`: what the agent keeps of the pods of other nodes; `whole`: all of the pod, as JSON. */
const ways = {
  fields: (client: KubernetesClient) =>
    follow(client, { message: podMessage, project: podEndpoint }, (endpoint) => endpoint?.labels),
  whole: (client: KubernetesClient) => follow<Pod>(client, {}, ({ metadata }) => metadata.labels),
} as const

// In the form of our bundles, nothing is awaited at the top.
void main()

async function main(): Promise<void> {
  const client = await createClient()
  // So that what is measured does not begin with the making of a connection.
  await client.read('/version')
  await ways[way === 'whole' ? 'whole' : 'fields'](client)
}

function follow<P>(
  client: KubernetesClient,
  options: Omit<InformerOptions<Pod, P>, 'logger'>,
  labelsOf: (kept: P) => Labels | undefined,
): Promise<void> {
  const informer = createInformer<Pod, P>(client, pods, { ...options, logger: silentLogger })
  const teller = createTeller(Number(count))
  informer.store.subscribe((change) => {
    if (change.type !== 'removed') teller.seen(change.key, labelsOf(change.object)?.bench ?? '')
  })
  return informer.run(new AbortController().signal)
}
