import {
  BlockAffinity,
  ClusterInformation,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
} from '../../../src/index.ts'
import { type Row, right, wrong } from '../row.ts'

const v4 = { cidr: '10.0.0.0/16' }
const v6 = { cidr: 'fd00::/48' }
const balancer = { cidr: '192.0.2.0/24', allowedUses: ['LoadBalancer'] }

const poolRows: readonly Row[] = [
  right(IPPool, v4),
  right(IPPool, { ...v4, ipipMode: 'Never', vxlanMode: 'Never', blockSize: 32 }),
  right(IPPool, {
    ...v6,
    blockSize: 116,
    namespaceSelector: 'has(x)',
    assignmentMode: 'Manual',
    allowedUses: ['Workload'],
  }),
  right(IPPool, { cidr: '10.0.0.0/31', disabled: true }),
  right(IPPool, { ...balancer, nodeSelector: 'all()' }),
  wrong(IPPool, {}, 'spec.cidr is required'),
  wrong(IPPool, { cidr: '10.0.0.0' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '10.0.0.1/16' }, 'spec.cidr must have no bits set beyond its length: write 10.0.0.0/16'),
  wrong(IPPool, { cidr: `${'0'.repeat(50)}::/8` }, 'spec.cidr must have at most 48'),
  wrong(IPPool, { cidr: '010.0.0.0/8' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '::ffff:10.0.0.0/112' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '169.254.0.0/16' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { cidr: '168.0.0.0/7' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { cidr: 'fe80::/64' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { ...v4, blockSize: 19 }, 'spec.blockSize must be 20 to 32'),
  wrong(IPPool, { ...v4, blockSize: 33 }, 'spec.blockSize must be 20 to 32'),
  wrong(IPPool, { ...v6, blockSize: 115 }, 'spec.blockSize must be 116 to 128'),
  wrong(IPPool, { ...v6, blockSize: 129 }, 'spec.blockSize must be a whole number from 0 up to 128'),
  wrong(IPPool, { cidr: '10.0.0.0/27' }, 'spec.cidr must be at least as large as one block'),
  ...['Always', 'CrossSubnet'].flatMap((mode) => [
    wrong(IPPool, { ...v4, ipipMode: mode }, 'spec.ipipMode must be Never: Manx routes pod packets as they are'),
    wrong(IPPool, { ...v4, vxlanMode: mode }, 'spec.vxlanMode must be Never: Manx routes pod packets as they are'),
  ]),
  wrong(IPPool, { ...v6, ipipMode: 'Always' }, 'spec.ipipMode must be Never'),
  wrong(IPPool, { ...v4, nodeSelector: 'global()' }, 'spec.nodeSelector must not use global()'),
  wrong(IPPool, { ...v4, namespaceSelector: '!global()' }, 'spec.namespaceSelector must not use global()'),
  wrong(IPPool, { ...v4, nodeSelector: 'has(' }, 'spec.nodeSelector', { onlyClient: 'selectors' }),
  wrong(IPPool, { ...v4, assignmentMode: 'Random' }, 'spec.assignmentMode must be one of'),
  wrong(IPPool, { ...v4, allowedUses: ['Pod'] }, 'spec.allowedUses[0] must be one of'),
  wrong(IPPool, { ...v4, allowedUses: ['Tunnel', 'Tunnel'] }, 'spec.allowedUses[1] must not be there twice'),
  wrong(IPPool, { ...balancer, allowedUses: ['LoadBalancer', 'Workload'] }, 'spec.allowedUses LoadBalancer cannot'),
  wrong(IPPool, { ...balancer, nodeSelector: 'has(x)' }, 'spec.nodeSelector must be all()'),
  wrong(IPPool, { ...balancer, disableBGPExport: true }, 'spec.disableBGPExport must be false'),
  wrong(IPPool, { ...balancer, vxlanMode: 'Always' }, 'spec.vxlanMode must be Never'),
  wrong(
    IPPool,
    { ...v4, allowedUses: ['Tunnel'], namespaceSelector: 'has(x)' },
    'spec.namespaceSelector cannot be combined with the use Tunnel',
  ),
]

const block = {
  cidr: '10.0.0.0/30',
  allocations: [0, null, null, null],
  unallocated: [1, 2, 3],
  attributes: [{ handle_id: 'h' }],
  strictAffinity: false,
}
const blockRows: readonly Row[] = [
  right(IPReservation, { reservedCIDRs: ['10.0.0.0/28', '2001:db8::/64', '10.0.0.1'] }),
  wrong(IPReservation, { reservedCIDRs: ['10.0.0.0/40'] }, 'spec.reservedCIDRs[0] must be a CIDR'),
  wrong(
    IPReservation,
    { reservedCIDRs: ['10.0.0.0/8', '10.0.0.0/8'] },
    'spec.reservedCIDRs[1] must not be there twice',
  ),
  right(IPAMConfiguration, {}),
  right(IPAMConfiguration, { strictAffinity: true, autoAllocateBlocks: false, maxBlocksPerHost: 1_000_000 }),
  right(IPAMConfiguration, { ipCooldownSeconds: 1200, kubeVirtVMAddressPersistence: 'Disabled' }),
  wrong(IPAMConfiguration, {}, 'metadata.name must be default', { name: 'other' }),
  wrong(IPAMConfiguration, { autoAllocateBlocks: false }, 'spec.autoAllocateBlocks must be true unless strictAffinity'),
  wrong(IPAMConfiguration, { maxBlocksPerHost: 2 }, 'spec.maxBlocksPerHost must be 0 unless strictAffinity'),
  wrong(IPAMConfiguration, { maxBlocksPerHost: -1 }, 'spec.maxBlocksPerHost must be a whole number'),
  wrong(IPAMConfiguration, { ipCooldownSeconds: 1201 }, 'spec.ipCooldownSeconds must be a whole number'),
  wrong(IPAMConfiguration, { kubeVirtVMAddressPersistence: 'On' }, 'spec.kubeVirtVMAddressPersistence must be one of'),
  right(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: 'confirmed' }),
  right(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: '', type: 'host', deleted: true }),
  wrong(BlockAffinity, { node: 'a', state: 'confirmed' }, 'spec.cidr is required'),
  wrong(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: 'mine' }, 'spec.state must be one of'),
  wrong(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: '', deleted: 'false' }, 'spec.deleted must be true or'),
  right(IPAMHandle, { handleID: 'h', block: { '10.0.0.0/26': 1 } }),
  wrong(IPAMHandle, { handleID: 'h' }, 'spec.block is required'),
  wrong(IPAMHandle, { handleID: 'h', block: { x: '1' } }, 'spec.block[x] must be a whole number'),
  right(IPAMBlock, { ...block, affinity: 'host:node-1', affinityClaimTime: '2026-01-01T00:00:00Z' }),
  wrong(IPAMBlock, { ...block, affinity: 'node' }, 'spec.affinity must match'),
  wrong(IPAMBlock, { ...block, affinityClaimTime: 'today' }, 'spec.affinityClaimTime must be a time'),
  wrong(IPAMBlock, { ...block, affinityClaimTime: [] }, 'spec.affinityClaimTime must be', { onlyClient: 'formats' }),
  right(IPAMBlock, { ...block, affinity: null, affinityClaimTime: null }),
  wrong(IPAMBlock, { ...block, strictAffinity: null }, 'spec.strictAffinity must be true or false'),
  wrong(IPAMBlock, { ...block, allocations: [0] }, 'spec.allocations must have one entry', { onlyClient: 'blocks' }),
  wrong(IPAMBlock, { ...block, attributes: [] }, 'spec.allocations[0] must be null or', { onlyClient: 'blocks' }),
  wrong(IPAMBlock, { ...block, unallocated: [4] }, 'spec.unallocated[0] must be 0 to 3', { onlyClient: 'blocks' }),
  right(ClusterInformation, { datastoreReady: true }),
  wrong(ClusterInformation, {}, 'metadata.name must be default', { name: 'x' }),
]

export const ipamRows: readonly Row[] = [...poolRows, ...blockRows]
