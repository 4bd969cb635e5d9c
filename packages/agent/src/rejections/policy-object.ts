import type { PolicyKind } from '@manx/api'
import type { PolicyName } from '@manx/felix'
import type { RejectedObject } from './rejections.ts'

type ObjectType = Pick<RejectedObject, 'apiVersion' | 'kind'>

const calico = (kind: string): ObjectType => ({ apiVersion: 'projectcalico.org/v3', kind })

/** What the objects are that policies of the model are made from. */
const objectTypes: Readonly<Record<PolicyKind, ObjectType>> = {
  KubernetesNetworkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  ClusterNetworkPolicy: { apiVersion: 'policy.networking.k8s.io/v1alpha2', kind: 'ClusterNetworkPolicy' },
  CalicoNetworkPolicy: calico('NetworkPolicy'),
  GlobalNetworkPolicy: calico('GlobalNetworkPolicy'),
  StagedKubernetesNetworkPolicy: calico('StagedKubernetesNetworkPolicy'),
  StagedNetworkPolicy: calico('StagedNetworkPolicy'),
  StagedGlobalNetworkPolicy: calico('StagedGlobalNetworkPolicy'),
}

/** The object of a policy, as far as its name says it. */
export function policyObject({ kind, namespace, name }: PolicyName): Omit<RejectedObject, 'message'> {
  return { ...objectTypes[kind], name, ...(namespace === undefined ? {} : { namespace }) }
}
