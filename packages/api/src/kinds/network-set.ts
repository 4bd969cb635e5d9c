import { defineKind, type ObjectOf } from '../kind.ts'
import { list, object } from '../schema/builders.ts'
import { net } from './shared-fields.ts'

const spec = (doc: string) =>
  object(doc, {
    // The API server stores at most 1.5 MB per object, which is about as many.
    nets: list('The addresses and CIDRs.', net('Some addresses.'), { list: 'set', maxItems: 100_000 }),
  })

/** Addresses that policies of the same namespace select by labels. */
export const NetworkSet = defineKind({
  kind: 'NetworkSet',
  plural: 'networksets',
  scope: 'Namespaced',
  doc: 'Addresses outside of the cluster, say, that policies of its namespace select by the labels of this object.',
  spec: spec('The addresses.'),
})
export type NetworkSet = ObjectOf<typeof NetworkSet>

/** Addresses that policies of all namespaces select by labels. */
export const GlobalNetworkSet = defineKind({
  kind: 'GlobalNetworkSet',
  plural: 'globalnetworksets',
  shortNames: ['gns'],
  scope: 'Cluster',
  doc: 'Addresses outside of the cluster, say, that policies select by the labels of this object.',
  spec: spec('The addresses.'),
  printerColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
})
export type GlobalNetworkSet = ObjectOf<typeof GlobalNetworkSet>
