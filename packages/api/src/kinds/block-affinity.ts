import { defineKind, type ObjectOf } from '../kind.ts'
import { boolean, choice, object, required, requiredWithDefault, string } from '../schema/builders.ts'
import { cidr, unchangeable } from './shared-fields.ts'

/** Says that a node owns, takes or gives back a block. */
export const BlockAffinity = defineKind({
  kind: 'BlockAffinity',
  plural: 'blockaffinities',
  shortNames: ['affinity', 'affinities'],
  scope: 'Cluster',
  doc: 'The claim of one node on one block of addresses. Written by Manx, in the form that Calico stores.',
  spec: object('The claim.', {
    cidr: required(cidr('The block. Cannot be changed.', { rules: [unchangeable] })),
    node: required(string('The node that owns it. Cannot be changed.', { rules: [unchangeable] })),
    type: string('host for nodes, virtual for load balancers; empty means host.'),
    state: required(
      choice('How far the claim is: pending, then confirmed, then pendingDeletion; empty means confirmed.', [
        '',
        'confirmed',
        'pending',
        'pendingDeletion',
      ]),
    ),
    deleted: requiredWithDefault(boolean('The claim is about to be deleted.'), false),
  }),
  printerColumns: [
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidr' },
    { name: 'Node', type: 'string', jsonPath: '.spec.node' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
  ],
})
export type BlockAffinity = ObjectOf<typeof BlockAffinity>
export type BlockAffinitySpec = BlockAffinity['spec']
