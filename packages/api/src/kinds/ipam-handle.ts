import { defineKind, type ObjectOf } from '../kind.ts'
import { assumed, boolean, integer, map, object, required, string } from '../schema/builders.ts'
import { unchangeable } from './shared-fields.ts'

/** Finds the blocks in which one owner has addresses, so that they can be released without a search. */
export const IPAMHandle = defineKind({
  kind: 'IPAMHandle',
  plural: 'ipamhandles',
  scope: 'Cluster',
  doc: 'Where the addresses of one owner are. Written by Manx, in the form that Calico stores.',
  spec: object('The handle.', {
    handleID: required(
      string('The owner; its lower case is the name of the object. Cannot be changed.', { rules: [unchangeable] }),
    ),
    block: required(map('For each block, how many of its addresses the owner has.', integer(''))),
    deleted: assumed(boolean('The handle is about to be deleted.'), false),
  }),
  printerColumns: [{ name: 'ID', type: 'string', jsonPath: '.spec.handleID' }],
})
export type IPAMHandle = ObjectOf<typeof IPAMHandle>
export type IPAMHandleSpec = IPAMHandle['spec']
