import type { AnyKind } from '../kind.ts'
import { BGPConfiguration } from './bgp-configuration.ts'
import { BGPPeer } from './bgp-peer.ts'
import { BlockAffinity } from './block-affinity.ts'
import { ClusterInformation } from './cluster-information.ts'
import { FelixConfiguration } from './felix-configuration.ts'
import { IPPool } from './ip-pool.ts'
import { IPReservation } from './ip-reservation.ts'
import { IPAMBlock } from './ipam-block.ts'
import { IPAMConfiguration } from './ipam-configuration.ts'
import { IPAMHandle } from './ipam-handle.ts'

/** Every kind that Manx defines, in alphabetical order. */
export const allKinds: readonly AnyKind[] = [
  BGPConfiguration,
  BGPPeer,
  BlockAffinity,
  ClusterInformation,
  FelixConfiguration,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
]
