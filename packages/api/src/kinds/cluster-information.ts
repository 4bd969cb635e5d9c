import { defineKind, type ObjectOf } from '../kind.ts'
import { boolean, object, string } from '../schema/builders.ts'
import { onlyNamedDefault } from './names.ts'

/** What the cluster is; also the lock of the datastore. There is one, named `default`. */
export const ClusterInformation = defineKind({
  kind: 'ClusterInformation',
  plural: 'clusterinformations',
  shortNames: ['clusterinfo', 'clusterinfos'],
  scope: 'Cluster',
  doc: 'What the cluster is. There is one, named default, written by Manx.',
  spec: object('What the cluster is.', {
    calicoVersion: string('The version of the software that wrote this object.'),
    clusterGUID: string('Tells this cluster from all others.'),
    clusterType: string('What the cluster is made of, a comma separated list.'),
    datastoreReady: boolean('False locks the datastore: no address is given out or released until it is true again.'),
    variant: string('The product.'),
  }),
  printerColumns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.calicoVersion' },
    { name: 'Ready', type: 'boolean', jsonPath: '.spec.datastoreReady' },
    { name: 'Types', type: 'string', jsonPath: '.spec.clusterType' },
  ],
  name: onlyNamedDefault,
})
export type ClusterInformation = ObjectOf<typeof ClusterInformation>
