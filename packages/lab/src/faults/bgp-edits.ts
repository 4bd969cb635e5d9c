import type { LabPlan } from '../plan/lab-plan.ts'

/** A change of an object in force that the API server takes, though it cannot be followed, and the one that takes it back. */
export interface BgpEdit {
  readonly kind: string
  readonly name: string
  readonly path: string
  readonly spoil: { readonly spec: object }
  readonly mend: { readonly spec: object }
}

const peer: BgpEdit = {
  kind: 'BGPPeer',
  name: 'rack1-v4',
  path: '/apis/projectcalico.org/v3/bgppeers/rack1-v4',
  spoil: { spec: { nodeSelector: "rack == '1' && " } },
  mend: { spec: { nodeSelector: "rack == '1'" } },
}

const configuration: BgpEdit = {
  kind: 'BGPConfiguration',
  name: 'default',
  path: '/apis/projectcalico.org/v3/bgpconfigurations/default',
  spoil: {
    spec: {
      communities: [{ name: 'bgp-large', value: '64512:1:1' }],
      prefixAdvertisements: [{ cidr: '10.0.0.0/8', communities: ['bgp-larg'] }],
    },
  },
  mend: { spec: { communities: null, prefixAdvertisements: null } },
}

/** Slips of the pen in the objects of `bgpObjects`. */
export const bgpEdits = ({ options }: Pick<LabPlan, 'options'>): readonly BgpEdit[] =>
  // A mesh has no peers that somebody wrote down.
  options.mesh ? [configuration] : [peer, configuration]
