export { type Bgp, type BgpOptions, createBgp } from './bgp.ts'
export type { BgpCounters, RouteCounts } from './counters.ts'
export { BgpError, type BgpErrorCode, isBgpError } from './error.ts'
export { isFibRoute } from './fib/kernel-route.ts'
export { type BgpStores, readNode } from './input-source.ts'
export type {
  Desired,
  DesiredGlobal,
  DesiredKernel,
  DesiredPath,
  DesiredPeer,
  DesiredPolicy,
  Finding,
  FindingReason,
  PeerOrigin,
  PrefixRange,
} from './plan/desired.ts'
export type { PlanInput, PlanNode, PlanSettings } from './plan/input.ts'
export { type Plan, plan } from './plan/plan.ts'
export type { BgpStatus, PeerStatus } from './status.ts'
