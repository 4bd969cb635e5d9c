import { type Issue, type KubernetesObject, type Logger, pause, type Store } from '@manx/api'
import type { Bgp } from '@manx/bgp'
import type { Felix, Issue as FelixIssue } from '@manx/felix'
import type { PolicyFacts } from '../inputs/facts.ts'
import type { Informers } from '../inputs/informers.ts'
import { policyObject } from './policy-object.ts'
import { type RejectedObject, type Rejections, rejectedObject } from './rejections.ts'

type Stores = Pick<
  Informers,
  'nodes' | 'ipPools' | 'bgpPeers' | 'bgpConfigurations' | 'felixConfigurations' | 'networkPolicies'
>

export interface CollectOptions {
  readonly informers: Stores
  readonly felix: Pick<Felix, 'issues'>
  readonly bgp: Pick<Bgp, 'findings'>
  readonly rejections: Rejections
  readonly logger: Logger
}

/** Milliseconds between looks at what felix and BGP refuse. */
const interval = 2000

/** Keeps the rejections up to date with what policies, felix and BGP could not follow, until the signal. */
export async function collectRejections(options: CollectOptions, signal: AbortSignal): Promise<void> {
  const { informers, felix, bgp, rejections, logger } = options
  const end = followPolicies(informers.networkPolicies.store, rejections, logger)
  while (!signal.aborted) {
    rejections.replace('felix', refusedByFelix(informers, felix.issues()))
    const invalid = bgp.findings.filter(({ reason }) => reason === 'Invalid' || reason === 'Unsupported')
    rejections.replace(
      'bgp',
      invalid.flatMap(({ object, message }) => named(informers, object, message)),
    )
    await pause(interval, signal)
  }
  end()
}

/** Also says what is wrong in the log: nobody else looks at the policies that do not apply here. */
export function followPolicies(store: Store<PolicyFacts>, rejections: Rejections, logger: Logger): () => void {
  return store.subscribe(
    (change) => {
      const { key } = change
      const rejected = change.type === 'removed' ? undefined : rejectedPolicy(key, change.object)
      rejections.set('policies', key, rejected)
      if (rejected === undefined) return
      logger.warn(`NetworkPolicy ${key} cannot be followed as it stands`, { key, problem: rejected.message })
    },
    { replay: true },
  )
}

function rejectedPolicy(key: string, { issues, policy, uid, generation }: PolicyFacts): RejectedObject | undefined {
  if (issues.length === 0) return undefined
  const [namespace = '', name = ''] = key.split('/')
  const effect = policy === undefined ? 'the policy is ignored' : 'these rules match nothing'
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    namespace,
    name,
    uid,
    generation,
    message: `${issues.map(issueText).join('; ')} (${effect})`,
  }
}

const issueText = ({ path, value, message }: Issue): string => `${path} ${message}, not ${JSON.stringify(value)}`

/** Each object once, with all that is wrong with it. */
function refusedByFelix(stores: Stores, issues: readonly FelixIssue[]): readonly RejectedObject[] {
  const byObject = Map.groupBy(issues, ({ object }) => object)
  return [...byObject].flatMap(([object, found]) => {
    const message = found.map(({ field, value, message }) => `${field} ${JSON.stringify(value)}: ${message}`).join('; ')
    const [{ policy } = {}] = found
    if (policy === undefined) return named(stores, object, message)
    // Of the other kinds only the name is known, which is enough for an Event.
    const facts =
      policy.kind === 'KubernetesNetworkPolicy'
        ? stores.networkPolicies.store.get(`${policy.namespace}/${policy.name}`)
        : undefined
    const identity = facts === undefined ? {} : { uid: facts.uid, generation: facts.generation }
    return [{ ...policyObject(policy), ...identity, message }]
  })
}

/** The object that felix or BGP means by `IPPool/default`; none for what is no object. */
function named(stores: Stores, object: string, message: string): readonly RejectedObject[] {
  const [kind = '', name = ''] = object.split('/')
  const byKind: Readonly<Record<string, Store<KubernetesObject> | undefined>> = {
    Node: stores.nodes.store,
    IPPool: stores.ipPools.store as unknown as Store<KubernetesObject>,
    BGPPeer: stores.bgpPeers.store as unknown as Store<KubernetesObject>,
    BGPConfiguration: stores.bgpConfigurations.store as unknown as Store<KubernetesObject>,
    FelixConfiguration: stores.felixConfigurations.store as unknown as Store<KubernetesObject>,
  }
  const found = byKind[kind]?.get(name)
  return found === undefined ? [] : [rejectedObject(found, message)]
}
