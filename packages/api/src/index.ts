export {
  type Address,
  addressBits,
  addressBytes,
  addressFromBytes,
  compareAddresses,
  type Family,
  formatAddress,
  parseAddress,
  sameAddress,
} from './addresses/address.ts'
export { explainAddress, explainPrefix } from './addresses/explain.ts'
export {
  addressAt,
  comparePrefixes,
  formatPrefix,
  hostPrefix,
  ordinalOf,
  type ParsePrefixOptions,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  prefixOf,
  prefixSize,
  samePrefix,
} from './addresses/prefix.ts'
export { parseAsNumber } from './as-number.ts'
export {
  type ApiCause,
  ApiError,
  type ApiErrorCode,
  ignoreNotFound,
  isApiError,
} from './client/api-error.ts'
export type {
  Applied,
  ApplyOptions,
  DeepPartial,
  DeleteOptions,
  KubernetesClient,
  List,
  ListOptions,
  ListPage,
  New,
  ObjectRef,
  PatchOptions,
  ReadOptions,
  RequestOptions,
  SelectOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client/client.ts'
export { type ClientOptions, createClient } from './client/create-client.ts'
export { type FinalizerChange, setFinalizer } from './client/set-finalizer.ts'
export { type Conversion, convertDocuments } from './convert/convert-documents.ts'
export { type Converted, type ConvertedObject, type ConvertOptions, convertObject } from './convert/convert-object.ts'
export { formatExactJson } from './convert/exact-numbers.ts'
export { type ConversionCode, type ConversionFinding, describeConversionFinding } from './convert/finding.ts'
export { type ConversionInput, type ReadInput, readConversionInput } from './convert/read-input.ts'
export { type CalicoNode, type CalicoNodeBgp, nodeToCalicoNode } from './core/calico-node.ts'
export {
  type CalicoProfile,
  defaultAllowProfile,
  namespaceProfileName,
  namespaceToProfile,
  serviceAccountProfileName,
  serviceAccountToProfile,
} from './core/calico-profile.ts'
export {
  type CalicoWorkloadEndpoint,
  type ConvertedWorkloadEndpoint,
  podToWorkloadEndpoint,
  type WorkloadEndpointOptions,
  type WorkloadEndpointPort,
} from './core/calico-workload-endpoint.ts'
export { eventName } from './core/event-name.ts'
export * from './core/ipam-names.ts'
export * from './core/kinds.ts'
export * from './core/node-annotations.ts'
export * from './core/workload-endpoint.ts'
export { type CustomResourceDefinitionManifest, crdOf } from './crd.ts'
export { parseDuration } from './duration.ts'
export { type Backoff, type BackoffOptions, createBackoff, pause } from './informer/backoff.ts'
export { createInformer, type Informer, type InformerOptions } from './informer/informer.ts'
export { type LeaderOptions, runAsLeader } from './informer/leader.ts'
export { conditionsOf, type MalformedObject } from './informer/malformed-object.ts'
export type { MalformedListener } from './informer/reflector.ts'
export { type SalvageOptions, salvage } from './informer/salvage.ts'
export { createSharedContact, type SharedContact } from './informer/shared-contact.ts'
export { type Change, createStore, type Listener, type Store, type WritableStore } from './informer/store.ts'
export { untilSynced } from './informer/until-synced.ts'
export { createWorkQueue, type WorkGuard, type WorkQueue, type WorkQueueOptions } from './informer/work-queue.ts'
export {
  type AnyKind,
  apiVersionOf,
  type CompleteObjectOf,
  defineKind,
  type Issue,
  type Kind,
  type KindDefinition,
  type ObjectOf,
  type PrinterColumn,
} from './kind.ts'
export { allKinds } from './kinds/all-kinds.ts'
export {
  BGPConfiguration,
  type BGPConfigurationSpec,
  type CompleteBGPConfiguration,
} from './kinds/bgp-configuration.ts'
export { BGPFilter, type BGPFilterSpec, type CompleteBGPFilter } from './kinds/bgp-filter.ts'
export {
  BGPPeer,
  type BGPPeerSpec,
  type CompleteBGPPeer,
  type PeerEndpoint,
  parsePeerEndpoint,
} from './kinds/bgp-peer.ts'
export { BlockAffinity, type BlockAffinitySpec } from './kinds/block-affinity.ts'
export { CalicoNodeStatus } from './kinds/calico-node-status.ts'
export { ClusterInformation } from './kinds/cluster-information.ts'
export {
  type EffectiveFelixConfiguration,
  effectiveFelixConfiguration,
  type FelixSources,
} from './kinds/felix/effective.ts'
export {
  type CompleteFelixConfiguration,
  type CompleteFelixConfigurationSpec,
  FelixConfiguration,
  type FelixConfigurationSpec,
} from './kinds/felix-configuration.ts'
export {
  type CompleteGlobalNetworkPolicy,
  GlobalNetworkPolicy,
  type GlobalNetworkPolicySpec,
} from './kinds/global-network-policy.ts'
export { type CompleteHostEndpoint, HostEndpoint } from './kinds/host-endpoint.ts'
export { idleKindEffect, idleRest } from './kinds/idle.ts'
export { type CompleteIPPool, IPPool, type IPPoolSpec } from './kinds/ip-pool.ts'
export { IPReservation } from './kinds/ip-reservation.ts'
export { type AllocationAttribute, IPAMBlock, type IPAMBlockSpec } from './kinds/ipam-block.ts'
export { type CompleteIPAMConfiguration, IPAMConfiguration } from './kinds/ipam-configuration.ts'
export { IPAMHandle, type IPAMHandleSpec } from './kinds/ipam-handle.ts'
export {
  type CompleteKubeControllersConfiguration,
  KubeControllersConfiguration,
} from './kinds/kube-controllers-configuration.ts'
export { nodeOfConfiguration } from './kinds/names.ts'
export {
  CalicoNetworkPolicy,
  type CalicoNetworkPolicySpec,
  type CompleteCalicoNetworkPolicy,
} from './kinds/network-policy.ts'
export { GlobalNetworkSet, NetworkSet } from './kinds/network-set.ts'
export type { EntityRule } from './kinds/policy/entity-rule.ts'
export type { PolicyRuleSpec } from './kinds/policy/rule.ts'
export {
  type CompleteStagedGlobalNetworkPolicy,
  StagedGlobalNetworkPolicy,
} from './kinds/staged-global-network-policy.ts'
export {
  type CompleteStagedKubernetesNetworkPolicy,
  StagedKubernetesNetworkPolicy,
} from './kinds/staged-kubernetes-network-policy.ts'
export { type CompleteStagedNetworkPolicy, StagedNetworkPolicy } from './kinds/staged-network-policy.ts'
export { type CompleteTier, Tier } from './kinds/tier.ts'
export { type LogFields, type Logger, silentLogger } from './logger.ts'
export { messageOf } from './message-of.ts'
export { type Condition, type KubernetesObject, keyOf, type ObjectMeta, type OwnerReference } from './metadata.ts'
export { nextConditions, type WantedCondition } from './next-conditions.ts'
export { type CalicoPolicyOptions, calicoPolicyToPolicy } from './policy/calico-policy/calico-policy-to-policy.ts'
export { stagedKubernetesPolicyToPolicy } from './policy/calico-policy/staged-kubernetes-policy-to-policy.ts'
export { clusterNetworkPolicyToPolicy } from './policy/cluster-network-policy/cluster-network-policy-to-policy.ts'
export { comparePolicies, type PolicyPlace } from './policy/compare-policies.ts'
export {
  endpointLabelNames,
  endpointLabels,
  namespaceProfileLabels,
  serviceAccountProfileLabels,
} from './policy/endpoint-labels.ts'
export {
  adminTier,
  baselineTier,
  defaultTier,
  type EntityMatch,
  type IcmpMatch,
  type NamedPort,
  type Policy,
  type PolicyDirection,
  type PolicyEndpoint,
  type PolicyKind,
  type PolicyPort,
  type PolicyRule,
  type PolicyTier,
  type ProtocolNumber,
  policyKey,
  type RuleAction,
  type ServiceName,
  type StagedAction,
} from './policy/model.ts'
export { type ConvertedPolicy, networkPolicyToPolicy } from './policy/network-policy/network-policy-to-policy.ts'
export { podEndpoint } from './policy/pod-endpoint.ts'
export { builtInTiers, tierToPolicyTier } from './policy/tier-to-policy-tier.ts'
export { printable } from './printable.ts'
export { namespaceMessage, nodeMessage, podMessage, serviceAccountMessage } from './protobuf/core-messages.ts'
export type { Message } from './protobuf/message.ts'
export { networkPolicyMessage } from './protobuf/network-policy-message.ts'
export { describeResource, type Resource, resourceOf } from './resource.ts'
export { isObject } from './schema/validate.ts'
export { LabelIndex, type LabelIndexListener } from './selectors/label-index/label-index.ts'
export { matchesLabels, type SelectorNode } from './selectors/node.ts'
export { SelectorError } from './selectors/parse.ts'
export { explainSelector, type Labels, parseSelector, type Selector, selectorOf } from './selectors/selector.ts'
export { selectorId } from './selectors/selector-id.ts'
export { describeIssues, type ValidateOptions, validate, withDefaults } from './validate.ts'
export { checkLabel } from './validation/check-metadata.ts'
export type { Finding, FindingCode, Place, Severity } from './validation/finding.ts'
export type { Recognized } from './validation/recognize-kind.ts'
export type { ClusterView } from './validation/set/world.ts'
export {
  type ReadDocuments,
  readDocuments,
  type ValidateDocumentsOptions,
  type ValidatedDocument,
  type ValidatedDocuments,
  validateDocuments,
} from './validation/validate-documents.ts'
export { linesOf } from './validation/yaml/lines.ts'
export { kubectlNumber } from './validation/yaml/read-by-kubectl.ts'
export { readSource, type SourceDocument, type SourceText } from './validation/yaml/read-source.ts'
