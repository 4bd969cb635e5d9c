import { parseAddress } from '../addresses/address.ts'
import { explainPrefix } from '../addresses/explain.ts'
import { defineKind, type ObjectOf } from '../kind.ts'
import { list, object, string } from '../schema/builders.ts'

const message = 'must be a CIDR such as 192.0.2.0/28 or 2001:db8::/64, or an address'

/** Addresses that stay free, for what is not a pod. */
export const IPReservation = defineKind({
  kind: 'IPReservation',
  plural: 'ipreservations',
  shortNames: ['ipreservation', 'reservation', 'reservations'],
  scope: 'Cluster',
  doc: 'Addresses of pools that are not given out, unless a pod asks for one of them by annotation.',
  spec: object('What is reserved.', {
    reservedCIDRs: list(
      'The addresses, as CIDRs or single ones.',
      string('Some addresses.', {
        maxLength: 48,
        rules: [{ rule: 'isCIDR(self) || isIP(self)', message }],
        check: (text) => (parseAddress(text) === undefined ? explainPrefix(text) : undefined),
      }),
      { list: 'set', maxItems: 4096 },
    ),
  }),
  printerColumns: [{ name: 'CIDRs', type: 'string', jsonPath: '.spec.reservedCIDRs' }],
})
export type IPReservation = ObjectOf<typeof IPReservation>
