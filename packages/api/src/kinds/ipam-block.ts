import { addressBits } from '../addresses/address.ts'
import { parsePrefix, prefixSize } from '../addresses/prefix.ts'
import { defineKind, type Issue, type ObjectOf } from '../kind.ts'
import {
  assumed,
  boolean,
  defaulted,
  integer,
  list,
  map,
  nullable,
  object,
  required,
  string,
} from '../schema/builders.ts'
import type { Written } from '../schema/schema.ts'
import { cidr, unchangeable } from './shared-fields.ts'

const attribute = object('One owner of addresses.', {
  handle_id: string('The handle that the addresses are released by.'),
  secondary: map('Who has the address: pod, namespace, node, timestamp and more.', string('')),
  alternateOwnerAttrs: map('The second owner while a virtual machine moves between nodes.', string('')),
  releasedAt: string('When the addresses were released; they rest for ipCooldownSeconds.', { format: 'date-time' }),
})

const spec = object('The block.', {
  cidr: required(cidr('The addresses of the block. Cannot be changed.', { rules: [unchangeable] })),
  affinity: string('The owner: host:NODE or virtual:NAME; absent when the block belongs to nobody.', {
    pattern: String.raw`^(host|virtual):[a-zA-Z0-9\.\-_]+$`,
  }),
  affinityClaimTime: string('When the owner took the block.', { format: 'date-time' }),
  allocations: required(
    list(
      'For each address in order the index in attributes of its owner, or null when it is free.',
      nullable(integer('')),
      { list: 'atomic' },
    ),
  ),
  unallocated: required(
    list('The positions of free addresses, in the order in which they will be given out.', integer(''), {
      list: 'atomic',
    }),
  ),
  attributes: required(list('The owners of addresses.', attribute, { list: 'atomic' })),
  sequenceNumber: defaulted(integer('Grows by one with every write.', { format: 'int64' }), 0),
  sequenceNumberForAllocation: map(
    'For positions, the sequence number of the write that gave out or released the address.',
    integer('', { format: 'int64' }),
  ),
  strictAffinity: required(boolean('Not used any more; always false.')),
  deleted: assumed(boolean('The block is about to be deleted.'), false),
})

function check({ spec: block }: { readonly spec: Written<typeof spec> }): Issue[] {
  const issues: Issue[] = []
  const prefix = parsePrefix(block.cidr)
  if (prefix === undefined || addressBits(prefix.family) - prefix.length > 16) return issues
  const size = Number(prefixSize(prefix))
  if (block.allocations.length !== size) {
    const message = `must have one entry for each of the ${size} addresses of ${block.cidr}`
    issues.push({ path: 'spec.allocations', value: `${block.allocations.length} entries`, message })
  }
  block.allocations.forEach((index, ordinal) => {
    if (index === null || (index >= 0 && index < block.attributes.length)) return
    const message = `must be null or the index of one of the ${block.attributes.length} attributes`
    issues.push({ path: `spec.allocations[${ordinal}]`, value: index, message })
  })
  block.unallocated.forEach((ordinal, index) => {
    if (ordinal >= 0 && ordinal < size) return
    issues.push({ path: `spec.unallocated[${index}]`, value: ordinal, message: `must be 0 to ${size - 1}` })
  })
  return issues
}

/** A run of addresses of one pool, owned by one node; says which of them are in use and by whom. */
export const IPAMBlock = defineKind({
  kind: 'IPAMBlock',
  plural: 'ipamblocks',
  scope: 'Cluster',
  doc: 'A run of addresses of one pool and who uses them. Written by Manx, in the form that Calico stores.',
  spec,
  printerColumns: [
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidr' },
    { name: 'Affinity', type: 'string', jsonPath: '.spec.affinity' },
    { name: 'ClaimTime', type: 'date', jsonPath: '.spec.affinityClaimTime' },
  ],
  check,
})
export type IPAMBlock = ObjectOf<typeof IPAMBlock>
export type IPAMBlockSpec = IPAMBlock['spec']
export type AllocationAttribute = IPAMBlockSpec['attributes'][number]
