import { type AnyKind, defineKind, type Issue } from '../../kind.ts'
import { StagedKubernetesNetworkPolicy } from '../../kinds/staged-kubernetes-network-policy.ts'
import type { ObjectNode, Schema } from '../../schema/schema.ts'

/** The shape that Kubernetes' NetworkPolicy and the staged one have in common. */
function specWithoutStagedFields(): Schema {
  const node = StagedKubernetesNetworkPolicy.spec.node as ObjectNode
  const { stagedAction: _, ...properties } = node.properties
  return { node: { ...node, properties, required: node.required.filter((name) => name !== 'stagedAction') } }
}

/** Kubernetes' own NetworkPolicy, to be validated as our kinds are; the API server has its definition. */
export const kubernetesNetworkPolicy: AnyKind = {
  ...defineKind({
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    scope: 'Namespaced',
    doc: 'What pods of one namespace may receive and send.',
    spec: specWithoutStagedFields(),
    check: checkWithNamespace,
  }),
  group: 'networking.k8s.io',
  version: 'v1',
}

/** A document may leave its namespace to the command line. */
function checkWithNamespace(object: { readonly metadata: { readonly namespace?: string } }): readonly Issue[] {
  const metadata = { namespace: 'default', ...object.metadata }
  return StagedKubernetesNetworkPolicy.check?.({ ...object, metadata } as never) ?? []
}
