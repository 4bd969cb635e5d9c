/** The version of each component, without a leading `v`. */
export interface ComponentVersions {
  readonly kubernetes: string
  readonly etcd: string
  readonly containerd: string
  readonly runc: string
  readonly coredns: string
  readonly gobgp: string
  readonly cniplugins: string
  /** Ours: `components/pause`. */
  readonly pause: string
}

export type ComponentName = keyof ComponentVersions

export interface KnownVersion {
  /** The folder below packages/lab/components that builds it. */
  readonly module: string
  /** Of Kubernetes: image tags that this release's end-to-end tests ask for. */
  readonly testImages?: Readonly<Record<string, string> & Record<'agnhost', string>>
}

/** Everything about versions that is not a fact of one file: a new release is a line here and a `go.mod`. */
export const knownVersions: {
  readonly [Name in ComponentName]: Readonly<Record<string, KnownVersion>>
} = {
  kubernetes: {
    '1.36.3': {
      module: 'kubernetes',
      testImages: { agnhost: '2.63.0', 'glibc-dns-testing': '2.0.0', busybox: '1.37.0-1' },
    },
    '1.34.4': {
      module: 'kubernetes-1.34',
      testImages: { agnhost: '2.56', 'jessie-dnsutils': '1.7', busybox: '1.37.0-1' },
    },
  },
  etcd: { '3.7.3': { module: 'etcd' } },
  containerd: { '2.4.2': { module: 'containerd' } },
  runc: { '1.5.2': { module: 'runc' } },
  coredns: { '1.15.0': { module: 'coredns' } },
  gobgp: { '4.8.0': { module: 'gobgp' } },
  cniplugins: { '1.9.1': { module: 'cniplugins' } },
  pause: { '1.0.0': { module: 'pause' } },
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

/** The version of Kubernetes that a user means by `1.34`, `v1.34` or `1.34.4`; undefined for one that is not known here. */
export function kubernetesVersion(text: string): string | undefined {
  const wanted = text.replace(/^v/, '')
  return Object.keys(knownVersions.kubernetes).find((known) => known === wanted || known.startsWith(`${wanted}.`))
}
