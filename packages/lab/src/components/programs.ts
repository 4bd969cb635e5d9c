import type { ComponentVersions } from './versions.ts'

/** Each program and the component (one module, one release) that it comes from. */
export const componentOf = {
  'kube-apiserver': 'kubernetes',
  'kube-controller-manager': 'kubernetes',
  'kube-scheduler': 'kubernetes',
  'kube-proxy': 'kubernetes',
  kubelet: 'kubernetes',
  kubectl: 'kubernetes',
  'e2e.test': 'kubernetes',
  agnhost: 'kubernetes',
  etcd: 'etcd',
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  coredns: 'coredns',
  gobgpd: 'gobgp',
  gobgp: 'gobgp',
  portmap: 'cniplugins',
  loopback: 'cniplugins',
  'host-local': 'cniplugins',
  ptp: 'cniplugins',
  bridge: 'cniplugins',
  pause: 'pause',
} as const satisfies Record<string, keyof ComponentVersions>

export type ProgramName = keyof typeof componentOf

/** What `up` needs. */
export const labPrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
  'agnhost',
  'etcd',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'coredns',
  'gobgpd',
  'gobgp',
  'portmap',
  'loopback',
  'pause',
] as const satisfies readonly ProgramName[]

/** What the benchmarks compare with. */
export const benchPrograms = ['host-local', 'ptp', 'bridge'] as const satisfies readonly ProgramName[]

/** All of them, with `e2e.test`, which takes two minutes to build and is wanted by `e2e` only. */
export const allPrograms = [...labPrograms, ...benchPrograms, 'e2e.test'] as const satisfies readonly ProgramName[]
