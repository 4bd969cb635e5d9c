export { tableName } from './calc/base-chains.ts'
export { type CalcEvent, Calculator, type CalculatorOptions } from './calc/calculator.ts'
export type { Delta, ItemDelta, MembersDelta } from './calc/delta.ts'
export { podGateway6 } from './calc/endpoint-items.ts'
export type { Issue, PolicyName } from './calc/issue.ts'
export type { Settings } from './calc/parameters.ts'
export type { PodState } from './calc/pod-state.ts'
export type { EndpointPolicies, PolicyStatistics, PolicyView } from './calc/policy-view.ts'
export type { PoolObject } from './calc/pool-items.ts'
export { type ConfigurationObject, resolveSettings } from './calc/resolve-settings.ts'
export {
  type AddEndpointOptions,
  type ComponentHealth,
  createFelix,
  type Felix,
  type FelixOptions,
  type FelixStatistics,
  type InSyncOptions,
} from './create-felix.ts'
export { detectMtu } from './dataplane/detect-mtu.ts'
export { type AppliedTier, type Decision, decide } from './evaluate/decide.ts'
export { type Evaluation, evaluate } from './evaluate/evaluate.ts'
export type { AddressFacts } from './evaluate/match-rule.ts'
export type { Packet } from './evaluate/packet.ts'
export type { World, WorldEndpoint } from './evaluate/world.ts'
export { FelixError, type FelixErrorCode } from './felix-error.ts'
