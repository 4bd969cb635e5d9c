import { type CompleteObjectOf, defineKind, type Issue, type ObjectOf } from '../kind.ts'
import { networkPolicyToPolicy } from '../policy/network-policy/network-policy-to-policy.ts'
import { assumed, choice, integer, intOrString, list, object, required } from '../schema/builders.ts'
import { labelSelector } from './policy/label-selector.ts'
import { kubernetesDirections, stagedFields } from './policy/policy-fields.ts'
import { cidr } from './shared-fields.ts'

const peers = (doc: string) =>
  list(
    doc,
    object('One peer: pods by labels, or addresses.', {
      podSelector: labelSelector('Pods, in the namespace of the policy unless namespaceSelector is there.'),
      namespaceSelector: labelSelector('Namespaces of the pods.'),
      ipBlock: object('Addresses.', {
        cidr: required(cidr('The addresses.')),
        except: list('Addresses among them that are left out.', cidr('Some addresses.'), { list: 'atomic' }),
      }),
    }),
    { list: 'atomic' },
  )

const ports = list(
  'Ports; all when empty or absent.',
  object('One port or range of ports.', {
    protocol: choice('TCP when absent.', ['TCP', 'UDP', 'SCTP']),
    port: intOrString('A number, or the name of a port of the pods; all ports when absent.'),
    endPort: integer('The last port, when port is the first of several.', {
      format: 'int32',
      minimum: 1,
      maximum: 65_535,
    }),
  }),
  { list: 'atomic' },
)

const isFull = (value: unknown) => Array.isArray(value) && value.length > 0

const spec = object('The policy, as Kubernetes has it.', {
  ...stagedFields,
  podSelector: labelSelector('The pods that the policy applies to; all of the namespace when empty or absent.'),
  ingress: list(
    'What the pods may receive.',
    object('One rule.', { from: peers('Who may send; everybody when empty or absent.'), ports }),
    { list: 'atomic' },
  ),
  egress: list(
    'What the pods may send.',
    object('One rule.', { to: peers('Who may receive; everybody when empty or absent.'), ports }),
    { list: 'atomic' },
  ),
  policyTypes: assumed(
    kubernetesDirections(
      'The directions that the policy is about; when absent Ingress, and Egress if it has such rules.',
    ),
    ({ egress }): ('Ingress' | 'Egress')[] => (isFull(egress) ? ['Ingress', 'Egress'] : ['Ingress']),
  ),
})

/** What Kubernetes would refuse, or what the policy could not mean, is found where such policies are read. */
function check({ metadata, spec: policy }: { readonly metadata: object; readonly spec: object }): readonly Issue[] {
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata }
  return networkPolicyToPolicy({ ...object, spec: { podSelector: {}, ...policy } } as never).issues
}

/** A NetworkPolicy of Kubernetes that is not enforced, only shown. */
export const StagedKubernetesNetworkPolicy = defineKind({
  kind: 'StagedKubernetesNetworkPolicy',
  plural: 'stagedkubernetesnetworkpolicies',
  shortNames: ['sknp'],
  scope: 'Namespaced',
  doc: 'A NetworkPolicy of Kubernetes on trial: it changes no packet, flows show what it would do.',
  spec,
  check,
})
export type StagedKubernetesNetworkPolicy = ObjectOf<typeof StagedKubernetesNetworkPolicy>
export type CompleteStagedKubernetesNetworkPolicy = CompleteObjectOf<typeof StagedKubernetesNetworkPolicy>
