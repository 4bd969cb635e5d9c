/** What is fetched, downloaded or built: each release that the lab knows, and the default of each component. */
export interface ComponentVersions {
  readonly kubernetes: string
  readonly etcd: string
  readonly containerd: string
  readonly runc: string
  readonly coredns: string
  readonly gobgp: string
  readonly cniplugins: string
  readonly pause: string
}

export const defaultVersions: ComponentVersions = {
  kubernetes: '1.36.3',
  etcd: '3.7.3',
  containerd: '2.4.2',
  runc: '1.5.2',
  coredns: '1.15.0',
  gobgp: '4.8.0',
  cniplugins: '1.9.1',
  pause: '1.0.0',
}
