export type { IpamStores } from './allocator/cluster-view.ts'
export type { AddressRelease } from './allocator/releaser.ts'
export { type Assignment, type AssignRequest, goTimestamp } from './allocator/request.ts'
export {
  type Allocation,
  type AllocationAttributes,
  allocationsOf,
  type Block,
  hostOf,
  isEmpty,
  reservedHandle,
} from './block/block.ts'
export { checkBlock } from './block/check-block.ts'
export { decodeBlock, encodeBlock } from './block/codec.ts'
export type { ControllerOptions } from './controller/controller-options.ts'
export { createIpamInformers, type IpamInformers } from './controller/informers.ts'
export { createIpamController, type IpamController, type IpamControllerOptions } from './controller/ipam-controller.ts'
export {
  createLeakController,
  type LeakController,
  type LeakControllerOptions,
  type LeakCount,
} from './controller/leak-controller.ts'
export { createPoolController, type PoolController, type PoolControllerOptions } from './controller/pool-controller.ts'
export { poolFinalizer } from './controller/pool-status.ts'
export type { Report, Reporter } from './controller/report.ts'
export type { NodeStatistics, PoolStatistics } from './controller/statistics.ts'
export { createIpam, type Ipam, type IpamOptions } from './create-ipam.ts'
export { IpamError, type IpamErrorCode, type PoolFinding } from './ipam-error.ts'
export { type OpenPool, openPools } from './pools/open-pools.ts'
export { releaseNodeBlock } from './release-node-block.ts'
