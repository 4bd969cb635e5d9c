import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { integer, list, object, required, string } from '../schema/builders.ts'
import { celProtocolIs, protocol, protocolIs } from './policy/protocol.ts'
import { address } from './shared-fields.ts'

const withPorts = ['TCP', 'UDP', 'SCTP'] as const

const port = object(
  'One named port.',
  {
    name: required(
      string('The name that policies use.', {
        maxLength: 128,
        pattern: '^[a-zA-Z0-9_.-]{1,128}$',
        check: (name) =>
          /^[a-zA-Z0-9_.-]{1,128}$/.test(name) ? undefined : 'must be 1 to 128 letters, digits, _, . and -',
      }),
    ),
    port: required(integer('The number.', { minimum: 1, maximum: 65_535 })),
    protocol: required(protocol('TCP, UDP or SCTP.')),
  },
  {
    rules: [
      {
        rule: celProtocolIs('self.protocol', withPorts),
        message: 'must be TCP, UDP or SCTP: others have no ports',
        at: 'protocol',
        holds: (one) => protocolIs(one.protocol, withPorts),
      },
    ],
  },
)

const spec = object(
  'The interface.',
  {
    node: string('The node that has the interface.', { maxLength: 253 }),
    interfaceName: string('The interface; * for all traffic of the node, whichever interface it takes.', {
      maxLength: 15,
      pattern: '^([*]|[^ /\t\n]*)$',
      check: (name) => (/^([*]|[^ /\t\n]*)$/.test(name) ? undefined : 'must be the name of an interface, or *'),
    }),
    expectedIPs: list(
      'Addresses of the interface, in place of its name or beside it: selectors in policies stand for these.',
      address('An address.'),
      { list: 'set', maxItems: 4096 },
    ),
    profiles: list('Profiles that apply when no policy decides.', string('A profile.', { maxLength: 253 }), {
      list: 'set',
      maxItems: 256,
    }),
    ports: list('Names for ports of the host, for policies that use names.', port, { list: 'atomic', maxItems: 1024 }),
  },
  {
    rules: [
      {
        rule: `has(self.node) && self.node != ''`,
        message: 'must be the name of a node',
        at: 'node',
        holds: ({ node = '' }) => node !== '',
      },
      {
        rule: `(has(self.interfaceName) && self.interfaceName != '') || (has(self.expectedIPs) && self.expectedIPs.size() > 0)`,
        message: 'must have interfaceName or expectedIPs, which say what interface it is',
        holds: ({ interfaceName = '', expectedIPs = [] }) => interfaceName !== '' || expectedIPs.length > 0,
      },
    ],
  },
)

/** An interface of a node, so that policies apply to the node itself. */
export const HostEndpoint = defineKind({
  kind: 'HostEndpoint',
  plural: 'hostendpoints',
  shortNames: ['hep', 'heps'],
  scope: 'Cluster',
  doc: 'An interface of a node, or all of them, with labels by which policies apply to the node itself.',
  spec,
  printerColumns: [
    { name: 'Node', type: 'string', jsonPath: '.spec.node' },
    { name: 'Interface', type: 'string', jsonPath: '.spec.interfaceName' },
  ],
})
export type HostEndpoint = ObjectOf<typeof HostEndpoint>
export type CompleteHostEndpoint = CompleteObjectOf<typeof HostEndpoint>
