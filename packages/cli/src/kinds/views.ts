import {
  defaultAllowProfile,
  FelixConfiguration,
  ignoreNotFound,
  namespaces,
  namespaceToProfile,
  pods,
  podToWorkloadEndpoint,
  type Resource,
  resourceOf,
  serviceAccounts,
  serviceAccountToProfile,
} from '@manx/api'
import type { CliKind, CliObject } from './cli-kind.ts'
import { field, nameColumn, valueAt } from './columns.ts'

const view = { group: 'projectcalico.org', version: 'v3' } as const

const workloadColumns = [
  {
    title: 'WORKLOAD',
    value: (object: CliObject) => String(valueAt(object, 'spec.pod') ?? ''),
  },
  field('NODE', 'spec.node'),
  field('NETWORKS', 'spec.ipNetworks'),
  field('INTERFACE', 'spec.interfaceName'),
]

/** Pods as Calico's tools know them. */
export const workloadEndpointKind: CliKind = {
  kind: 'WorkloadEndpoint',
  apiVersion: 'projectcalico.org/v3',
  aliases: ['workloadendpoint', 'workloadendpoints', 'wep', 'weps'],
  resource: { ...view, kind: 'WorkloadEndpoint', plural: 'workloadendpoints', namespaced: true } as Resource<CliObject>,
  columns: workloadColumns,
  wideColumns: [nameColumn, ...workloadColumns, field('PROFILES', 'spec.profiles'), field('NATS', 'spec.ipNATs')],
  readOnly: 'cannot be written: it is what the pod is, so change the pod',
  async readAll(client, namespace) {
    const felix = await ignoreNotFound(client.get(resourceOf(FelixConfiguration), 'default'))
    const prefix = felix?.spec.interfacePrefix?.split(',', 1)[0]
    const { items } = await client.list(pods, namespace === undefined ? {} : { namespace })
    return items.flatMap(
      (pod) => podToWorkloadEndpoint(pod, prefix === undefined ? {} : { interfacePrefix: prefix }).endpoint ?? [],
    )
  },
}

/** Namespaces and service accounts as Calico's tools know them. */
export const profileKind: CliKind = {
  kind: 'Profile',
  apiVersion: 'projectcalico.org/v3',
  aliases: ['profile', 'profiles', 'pro', 'pros'],
  resource: { ...view, kind: 'Profile', plural: 'profiles', namespaced: false } as Resource<CliObject>,
  columns: [nameColumn],
  wideColumns: [nameColumn, field('LABELS', 'spec.labelsToApply')],
  readOnly: 'cannot be written: it is what the namespace or service account is, so label that',
  async readAll(client) {
    const [spaces, accounts] = await Promise.all([client.list(namespaces), client.list(serviceAccounts)])
    return [
      defaultAllowProfile,
      ...spaces.items.map(namespaceToProfile),
      ...accounts.items.map(serviceAccountToProfile),
    ]
  },
}
