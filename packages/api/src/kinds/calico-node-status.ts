import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { choice, integer, list, nullable, object, required, string } from '../schema/builders.ts'

const speaker = (family: 4 | 6) =>
  object(`The IPv${family} side of the BGP speaker.`, {
    state: choice('Whether it works.', ['Ready', 'NotReady']),
    version: string('Its version.'),
    routerID: string('Its router ID.'),
    lastBootTime: string('When it started.'),
    lastReconfigurationTime: string('When its settings changed last.'),
  })

const peers = (family: 4 | 6) =>
  list(
    `IPv${family} sessions.`,
    object('One session.', {
      peerIP: string('The address of the peer.'),
      type: choice('Why there is a session: the mesh of nodes, a BGPPeer for this node, or one for all.', [
        'NodeMesh',
        'NodePeer',
        'GlobalPeer',
      ]),
      state: choice('How far the session is.', [
        'Idle',
        'Connect',
        'Active',
        'OpenSent',
        'OpenConfirm',
        'Established',
        'Close',
      ]),
      since: string('Since when.'),
    }),
    { list: 'atomic' },
  )

const routes = (family: 4 | 6) =>
  list(
    `IPv${family} routes.`,
    object('One route.', {
      type: choice('FIB: in the kernel. RIB: known, but not in use.', ['FIB', 'RIB']),
      destination: string('The destination.'),
      gateway: string('The next hop.'),
      interface: string('The interface.'),
      learnedFrom: object('Where it comes from.', {
        sourceType: choice('The kind of source.', ['Kernel', 'Static', 'Direct', 'NodeMesh', 'BGPPeer']),
        peerIP: string('The address of the peer, when it comes from one.'),
      }),
    }),
    { list: 'atomic' },
  )

const counted = (what: string, family: 4 | 6) => required(integer(`How many IPv${family} sessions are ${what}.`))

/** A question to a node about its BGP state; the node answers in the status. */
export const CalicoNodeStatus = defineKind({
  kind: 'CalicoNodeStatus',
  plural: 'caliconodestatuses',
  scope: 'Cluster',
  doc: 'A question to one node about its agent, sessions and routes. The node answers in the status.',
  spec: object('The question.', {
    node: string('The node that is asked.', { maxLength: 253 }),
    classes: list('What is asked.', choice('One subject.', ['Agent', 'BGP', 'Routes']), { list: 'set', maxItems: 3 }),
    updatePeriodSeconds: integer('How often the answer is renewed; 0 or absent: only once.', {
      format: 'int32',
      minimum: 0,
    }),
  }),
  status: object('The answer.', {
    agent: object('The BGP speaker.', { birdV4: speaker(4), birdV6: speaker(6) }),
    bgp: object('Its sessions.', {
      numberEstablishedV4: counted('established', 4),
      numberEstablishedV6: counted('established', 6),
      numberNotEstablishedV4: counted('not established', 4),
      numberNotEstablishedV6: counted('not established', 6),
      peersV4: peers(4),
      peersV6: peers(6),
    }),
    routes: object('Its routes.', { routesV4: routes(4), routesV6: routes(6) }),
    lastUpdated: nullable(string('When the answer was given.', { format: 'date-time' })),
  }),
  printerColumns: [
    { name: 'Node', type: 'string', jsonPath: '.spec.node' },
    { name: 'Classes', type: 'string', jsonPath: '.spec.classes' },
  ],
})
export type CalicoNodeStatus = ObjectOf<typeof CalicoNodeStatus>
export type CompleteCalicoNodeStatus = CompleteObjectOf<typeof CalicoNodeStatus>
