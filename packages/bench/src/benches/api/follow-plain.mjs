// Follows all pods with the informer of Kubernetes' own client library: follow-plain.mjs COUNT.
import { CoreV1Api, KubeConfig, makeInformer, VersionApi } from '@kubernetes/client-node'
import { createTeller } from './tell.mjs'

const [count] = process.argv.slice(2)
const config = new KubeConfig()
config.loadFromDefault()
const api = config.makeApiClient(CoreV1Api)
await config.makeApiClient(VersionApi).getCode()
const teller = createTeller(Number(count))
const informer = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces())
const seen = ({ metadata }) => teller.seen(`${metadata.namespace}/${metadata.name}`, metadata.labels?.bench ?? '')
informer.on('add', seen)
informer.on('update', seen)
informer.on('error', (error) => {
  console.error(error)
  process.exit(1)
})
await informer.start()
