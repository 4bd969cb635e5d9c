export { BgpError, type BgpErrorCode, isBgpError } from './error.ts'
export type {
  Desired,
  DesiredGlobal,
  DesiredPath,
  DesiredPeer,
  Finding,
  FindingReason,
  PeerOrigin,
} from './plan/desired.ts'
export type { PlanInput, PlanNode, PlanSettings } from './plan/input.ts'
export { type Plan, plan } from './plan/plan.ts'
