import { CniError } from './cni-error.ts'

/** What the kubelet's runtime says in CNI_ARGS about the pod. */
export interface PodArgs {
  readonly namespace: string
  readonly pod: string
  /** The pod's UID as the kubelet knows it: of a static pod, the hash of its file. */
  readonly podUid: string | undefined
  /** `IP=`: addresses asked for, without length. */
  readonly addresses: readonly string[]
  /** `MAC=` */
  readonly mac: string | undefined
}

const knownKeys = [
  'IgnoreUnknown',
  'K8S_POD_NAMESPACE',
  'K8S_POD_NAME',
  'K8S_POD_INFRA_CONTAINER_ID',
  'K8S_POD_UID',
  'IP',
  'MAC',
]

/** Reads CNI_ARGS (`KEY=VALUE;…`) into its pairs; unknown keys are an error unless IgnoreUnknown says otherwise. */
export function parsePodArgs(text: string): Partial<PodArgs> {
  const pairs = new Map<string, string>()
  for (const pair of text.split(';')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals <= 0) throw new CniError('invalidEnvironment', `CNI_ARGS: ${JSON.stringify(pair)} is not KEY=VALUE`)
    pairs.set(pair.slice(0, equals), pair.slice(equals + 1))
  }
  if (!/^(1|true)$/i.test(pairs.get('IgnoreUnknown') ?? '')) {
    const unknown = [...pairs.keys()].filter((key) => !knownKeys.includes(key))
    if (unknown.length > 0) {
      throw new CniError('invalidEnvironment', `CNI_ARGS: unknown ${unknown.join(', ')}`, {
        details: `known are ${knownKeys.join(', ')}; IgnoreUnknown=1 lets others pass`,
      })
    }
  }
  const namespace = name(pairs, 'K8S_POD_NAMESPACE', /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  const pod = name(
    pairs,
    'K8S_POD_NAME',
    /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  )
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(pod === undefined ? {} : { pod }),
    podUid: nonEmpty(pairs.get('K8S_POD_UID')),
    addresses: nonEmpty(pairs.get('IP'))?.split(',') ?? [],
    mac: nonEmpty(pairs.get('MAC')),
  }
}

/** The same, for a verb that cannot do without the pod. */
export function requirePodArgs(text: string): PodArgs {
  const { namespace, pod, podUid, addresses = [], mac } = parsePodArgs(text)
  if (namespace === undefined || pod === undefined) {
    const missing = namespace === undefined ? 'K8S_POD_NAMESPACE' : 'K8S_POD_NAME'
    throw new CniError('invalidEnvironment', `CNI_ARGS: ${missing} is not set`, {
      details: 'manx connects pods of Kubernetes only',
    })
  }
  return { namespace, pod, podUid, addresses, mac }
}

function name(pairs: ReadonlyMap<string, string>, key: string, pattern: RegExp): string | undefined {
  const value = nonEmpty(pairs.get(key))
  if (value === undefined || pattern.test(value)) return value
  throw new CniError('invalidEnvironment', `CNI_ARGS: ${key} is ${JSON.stringify(value)}: not a Kubernetes name`)
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
