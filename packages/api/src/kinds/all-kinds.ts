import type { AnyKind } from '../kind.ts'
import { BGPConfiguration } from './bgp-configuration.ts'
import { BGPFilter } from './bgp-filter.ts'
import { BGPPeer } from './bgp-peer.ts'
import { BlockAffinity } from './block-affinity.ts'
import { CalicoNodeStatus } from './calico-node-status.ts'
import { ClusterInformation } from './cluster-information.ts'
import { FelixConfiguration } from './felix-configuration.ts'
import { GlobalNetworkPolicy } from './global-network-policy.ts'
import { HostEndpoint } from './host-endpoint.ts'
import { IPPool } from './ip-pool.ts'
import { IPReservation } from './ip-reservation.ts'
import { IPAMBlock } from './ipam-block.ts'
import { IPAMConfiguration } from './ipam-configuration.ts'
import { IPAMHandle } from './ipam-handle.ts'
import { KubeControllersConfiguration } from './kube-controllers-configuration.ts'
import { CalicoNetworkPolicy } from './network-policy.ts'
import { GlobalNetworkSet, NetworkSet } from './network-set.ts'
import { StagedGlobalNetworkPolicy } from './staged-global-network-policy.ts'
import { StagedKubernetesNetworkPolicy } from './staged-kubernetes-network-policy.ts'
import { StagedNetworkPolicy } from './staged-network-policy.ts'
import { Tier } from './tier.ts'

/** Every kind that Manx defines, in alphabetical order. */
export const allKinds: readonly AnyKind[] = [
  BGPConfiguration,
  BGPFilter,
  BGPPeer,
  BlockAffinity,
  CalicoNodeStatus,
  ClusterInformation,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
  KubeControllersConfiguration,
  CalicoNetworkPolicy,
  NetworkSet,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
]
