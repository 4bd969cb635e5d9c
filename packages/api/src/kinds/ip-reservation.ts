import { defineKind, type ObjectOf } from '../kind.ts'
import { list, object } from '../schema/builders.ts'
import { net } from './shared-fields.ts'

/** Addresses that stay free, for what is not a pod. */
export const IPReservation = defineKind({
  kind: 'IPReservation',
  plural: 'ipreservations',
  shortNames: ['ipreservation', 'reservation', 'reservations'],
  scope: 'Cluster',
  doc: 'Addresses of pools that are not given out, unless a pod asks for one of them by annotation.',
  spec: object('What is reserved.', {
    reservedCIDRs: list('The addresses, as CIDRs or single ones.', net('Some addresses.'), {
      list: 'set',
      maxItems: 4096,
    }),
  }),
  printerColumns: [{ name: 'CIDRs', type: 'string', jsonPath: '.spec.reservedCIDRs' }],
})
export type IPReservation = ObjectOf<typeof IPReservation>
