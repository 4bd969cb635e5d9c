import { describe, expect, test } from '@jest/globals'
import { allPrograms } from '../../src/components/programs.ts'
import { mirrorsFrom, releaseOf } from '../../src/components/release.ts'

describe('releaseOf', () => {
  for (const [program, version, url, checksumUrl] of [
    [
      'kubectl',
      '1.36.3',
      'https://dl.k8s.io/v1.36.3/bin/linux/amd64/kubectl',
      'https://dl.k8s.io/v1.36.3/bin/linux/amd64/kubectl.sha256',
    ],
    [
      'etcd',
      '3.7.3',
      'https://github.com/etcd-io/etcd/releases/download/v3.7.3/etcd-v3.7.3-linux-amd64.tar.gz',
      'https://github.com/etcd-io/etcd/releases/download/v3.7.3/SHA256SUMS',
    ],
    [
      'ctr',
      '2.4.2',
      'https://github.com/containerd/containerd/releases/download/v2.4.2/containerd-static-2.4.2-linux-amd64.tar.gz',
      'https://github.com/containerd/containerd/releases/download/v2.4.2/containerd-static-2.4.2-linux-amd64.tar.gz.sha256sum',
    ],
    [
      'runc',
      '1.5.2',
      'https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64',
      'https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.sha256sum',
    ],
    [
      'gobgpd',
      '4.8.0',
      'https://github.com/osrg/gobgp/releases/download/v4.8.0/gobgp_4.8.0_linux_amd64.tar.gz',
      'https://github.com/osrg/gobgp/releases/download/v4.8.0/gobgp_4.8.0_checksums.txt',
    ],
  ] as const) {
    test(`${program} ${version}`, () => {
      expect(releaseOf(program, version, 'amd64')).toMatchObject({ url, checksumUrl })
    })
  }

  test('programs that no project publishes have none', () => {
    expect(allPrograms.filter((name) => releaseOf(name, '1.0.0', 'arm64') === undefined)).toEqual(['agnhost', 'pause'])
  })

  test('a mirror replaces the address and keeps the path', () => {
    const mirrors = mirrorsFrom({ MANX_GITHUB_MIRROR: 'http://mirror.example/gh/' })
    expect(mirrors.kubernetes).toBe('https://dl.k8s.io')
    expect(releaseOf('runc', '1.5.2', 'arm64', mirrors)?.url).toBe(
      'http://mirror.example/gh/opencontainers/runc/releases/download/v1.5.2/runc.arm64',
    )
  })
})
