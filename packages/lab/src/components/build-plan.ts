import { componentOf, type ProgramName } from './programs.ts'
import { type ComponentVersions, knownVersions } from './versions.ts'

/** One run of the go command. */
export interface BuildPlan {
  /** Folder below packages/lab/components. */
  readonly module: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const packages: Readonly<Record<ProgramName, string>> = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'e2e.test': 'k8s.io/kubernetes/test/e2e',
  agnhost: 'k8s.io/kubernetes/test/images/agnhost',
  etcd: '.',
  containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
  'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
  ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
  runc: 'github.com/opencontainers/runc',
  coredns: '.',
  gobgpd: 'github.com/osrg/gobgp/v4/cmd/gobgpd',
  gobgp: 'github.com/osrg/gobgp/v4/cmd/gobgp',
  portmap: 'github.com/containernetworking/plugins/plugins/meta/portmap',
  loopback: 'github.com/containernetworking/plugins/plugins/main/loopback',
  'host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
  ptp: 'github.com/containernetworking/plugins/plugins/main/ptp',
  bridge: 'github.com/containernetworking/plugins/plugins/main/bridge',
  pause: '.',
}

/** How to build one program statically into `output`. The version must be a known one. */
export function buildPlan(program: ProgramName, versions: ComponentVersions, output: string): BuildPlan {
  const component = componentOf[program]
  const version = versions[component]
  const module = knownVersions[component][version]?.module
  if (module === undefined) throw new Error(`no module builds ${component} ${version}`)
  const runc = program === 'runc'
  const link = ['-s', '-w', ...stamps(program, version), ...(runc ? ['-extldflags', '-static'] : [])]
  const args = [
    ...(program === 'e2e.test' ? ['test', '-c'] : ['build']),
    '-trimpath',
    // The folder lies in a git repository that may belong to another user, which git refuses to read.
    '-buildvcs=false',
    ...(runc ? ['-tags', 'seccomp'] : []),
    '-ldflags',
    link.join(' '),
    '-o',
    output,
    packages[program],
  ]
  // runc enters namespaces in C before Go starts. The user's workspace and flags are not ours. The compiler spends a quarter of
  // its time collecting garbage of processes that end anyway.
  return { module, args, environment: { CGO_ENABLED: runc ? '1' : '0', GOFLAGS: '', GOWORK: 'off', GOGC: '400' } }
}

/** What upstream's release stamps into the program, because a module build does not know it. */
function stamps(program: ProgramName, version: string): readonly string[] {
  const component = componentOf[program]
  if (component === 'containerd') return ['-X', `github.com/containerd/containerd/v2/version.Version=v${version}`]
  if (component !== 'kubernetes') return []
  const [major, minor] = version.split('.')
  const at = 'k8s.io/component-base/version'
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor }
  return Object.entries(values).flatMap(([name, value]) => ['-X', `${at}.${name}=${value}`])
}
