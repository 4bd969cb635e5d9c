import { type Labels, namespaceProfileLabels, parseSelector, type Selector } from '@manx/api'

/** An endpoint as the label index takes it. */
export interface LabelledEndpoint {
  readonly key: string
  readonly labels: Labels
  /** The namespace that lends it labels. */
  readonly parent: string
}

export interface LabelledWorld {
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly endpoints: readonly LabelledEndpoint[]
  readonly selectors: readonly Selector[]
  /** Selectors as the others, each another one. */
  newSelector(index: number): Selector
  /** The endpoint with its application exchanged for another one. */
  relabelled(endpoint: LabelledEndpoint, round: number): LabelledEndpoint
}

/** Per namespace. */
const endpointsOfNamespace = 100
const applicationsOfNamespace = 10
const teams = 50
const environments = ['prod', 'staging', 'test'] as const
const roles = ['web', 'api', 'worker', 'cache', 'db'] as const
const zones = ['a', 'b', 'c'] as const

/** A cluster of namespaces with a hundred pods each, and selectors as policies of its users have them. The same every time. */
export function makeLabelledWorld(endpoints: number, selectors: number): LabelledWorld {
  const namespaceCount = Math.max(1, Math.ceil(endpoints / endpointsOfNamespace))
  const namespaces = Array.from({ length: namespaceCount }, (_, index): [string, Labels] => [
    namespaceName(index),
    namespaceProfileLabels(namespaceName(index), {
      team: `team-${index % teams}`,
      environment: pick(environments, index),
    }),
  ])
  return {
    namespaces: new Map(namespaces),
    endpoints: Array.from({ length: endpoints }, (_, index) => endpoint(index, index)),
    selectors: Array.from({ length: selectors }, (_, index) => selector(index, namespaceCount)),
    newSelector: (index) => selector(selectors + index, namespaceCount),
    relabelled: ({ key, labels, parent }, round) => ({
      key,
      parent,
      labels: { ...labels, app: `app-${(round + 1) % applicationsOfNamespace}` },
    }),
  }
}

/** What the selectors of an endpoint see: its own labels and those of its namespace. */
export function effectiveLabels({ labels, parent }: LabelledEndpoint, { namespaces }: LabelledWorld): Labels {
  return { ...namespaces.get(parent), ...labels }
}

function endpoint(index: number, application: number): LabelledEndpoint {
  const namespace = namespaceName(Math.floor(index / endpointsOfNamespace))
  return {
    key: `${namespace}/pod-${index}`,
    parent: namespace,
    labels: {
      'projectcalico.org/namespace': namespace,
      'projectcalico.org/orchestrator': 'k8s',
      'projectcalico.org/serviceaccount': `account-${application % applicationsOfNamespace}`,
      app: `app-${application % applicationsOfNamespace}`,
      role: pick(roles, index),
      zone: pick(zones, index),
      'pod-template-hash': `hash-${Math.floor(index / 3)}`,
    },
  }
}

/** Eight of ten are for pods of one namespace; the others are for pods of many. */
function selector(index: number, namespaceCount: number): Selector {
  const namespace = `projectcalico.org/namespace == "${namespaceName(index % namespaceCount)}"`
  const round = Math.floor(index / 10)
  const application = `app-${round % applicationsOfNamespace}`
  const role = pick(roles, round)
  const texts = [
    `${namespace} && app == "${application}"`,
    `${namespace} && role == "${role}"`,
    `${namespace} && app in {"${application}", "app-${(round + 3) % applicationsOfNamespace}"}`,
    `${namespace} && role != "${role}"`,
    `${namespace} && has(app) && zone == "${pick(zones, round)}"`,
    `${namespace} && projectcalico.org/serviceaccount == "account-${round % applicationsOfNamespace}"`,
    `${namespace} && (app == "${application}" || role == "${role}")`,
    namespace,
    `pcns.team == "team-${round % teams}" && role == "${role}"`,
    `pcns.environment == "${pick(environments, round)}" && pcns.team == "team-${round % teams}" && app == "${application}"`,
  ]
  return parseSelector(pick(texts, index))
}

const namespaceName = (index: number): string => `namespace-${index}`

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length]
  if (value === undefined) throw new RangeError('a list without values')
  return value
}
