import type { ProgramName } from './programs.ts'

export type Architecture = 'amd64' | 'arm64'

/** Where official files come from; a mirror has the same paths below its own addresses. */
export interface Mirrors {
  /** Default https://dl.k8s.io, or MANX_KUBERNETES_MIRROR. */
  readonly kubernetes: string
  /** Default https://github.com, or MANX_GITHUB_MIRROR. */
  readonly github: string
}

/** An official file and what proves it. */
export interface Release {
  readonly mirror: keyof Mirrors
  readonly url: string
  readonly checksumUrl: string
  /** Programs inside when the file is a gzipped tar, each with its path there; else the file is the program. */
  readonly members?: Readonly<Partial<Record<ProgramName, string>>>
}

export const defaultMirrors: Mirrors = { kubernetes: 'https://dl.k8s.io', github: 'https://github.com' }

/** The mirrors in the environment, over the defaults. */
export function mirrorsFrom(environment: Readonly<Record<string, string | undefined>>): Mirrors {
  const address = (name: string, fallback: string) => (environment[name] || fallback).replace(/\/+$/, '')
  return {
    kubernetes: address('MANX_KUBERNETES_MIRROR', defaultMirrors.kubernetes),
    github: address('MANX_GITHUB_MIRROR', defaultMirrors.github),
  }
}

/** The official file that holds a program; undefined where its project publishes none. */
export function releaseOf(
  program: ProgramName,
  version: string,
  architecture: Architecture,
  mirrors: Mirrors = defaultMirrors,
): Release | undefined {
  const github = (repository: string, file: string, checksums: string, members?: Release['members']): Release => {
    const base = `${mirrors.github}/${repository}/releases/download/v${version}`
    const release = { mirror: 'github', url: `${base}/${file}`, checksumUrl: `${base}/${checksums}` } as const
    return members === undefined ? release : { ...release, members }
  }
  switch (program) {
    case 'kube-apiserver':
    case 'kube-controller-manager':
    case 'kube-scheduler':
    case 'kube-proxy':
    case 'kubelet':
    case 'kubectl': {
      const url = `${mirrors.kubernetes}/v${version}/bin/linux/${architecture}/${program}`
      return { mirror: 'kubernetes', url, checksumUrl: `${url}.sha256` }
    }
    case 'e2e.test': {
      const url = `${mirrors.kubernetes}/v${version}/kubernetes-test-linux-${architecture}.tar.gz`
      const members = { 'e2e.test': 'kubernetes/test/bin/e2e.test' }
      return { mirror: 'kubernetes', url, checksumUrl: `${url}.sha256`, members }
    }
    case 'etcd': {
      const name = `etcd-v${version}-linux-${architecture}`
      return github('etcd-io/etcd', `${name}.tar.gz`, 'SHA256SUMS', { etcd: `${name}/etcd` })
    }
    case 'containerd':
    case 'containerd-shim-runc-v2':
    case 'ctr': {
      // The other archive wants the C library of its build machine.
      const file = `containerd-static-${version}-linux-${architecture}.tar.gz`
      return github('containerd/containerd', file, `${file}.sha256sum`, {
        containerd: 'bin/containerd',
        'containerd-shim-runc-v2': 'bin/containerd-shim-runc-v2',
        ctr: 'bin/ctr',
      })
    }
    case 'runc':
      return github('opencontainers/runc', `runc.${architecture}`, 'runc.sha256sum')
    case 'coredns': {
      const file = `coredns_${version}_linux_${architecture}.tgz`
      return github('coredns/coredns', file, `${file}.sha256`, { coredns: 'coredns' })
    }
    case 'gobgpd':
    case 'gobgp': {
      const file = `gobgp_${version}_linux_${architecture}.tar.gz`
      return github('osrg/gobgp', file, `gobgp_${version}_checksums.txt`, { gobgpd: 'gobgpd', gobgp: 'gobgp' })
    }
    case 'portmap':
    case 'loopback':
    case 'host-local':
    case 'ptp':
    case 'bridge': {
      const file = `cni-plugins-linux-${architecture}-v${version}.tgz`
      const names = ['portmap', 'loopback', 'host-local', 'ptp', 'bridge']
      const members = Object.fromEntries(names.map((name) => [name, `./${name}`]))
      return github('containernetworking/plugins', file, `${file}.sha256`, members)
    }
    case 'agnhost':
    case 'pause':
      return undefined
  }
}
