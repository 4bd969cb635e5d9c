import { nodeCgroup } from '../host/cgroups.ts'
import { inOrder, type LabPlan, type PlannedNode } from '../plan/lab-plan.ts'

/** Paths as they are inside a node, the same as on any kubeadm node. */
export const nodePaths = {
  programs: '/opt/bin',
  containerdConfig: '/etc/containerd/config.toml',
  containerdSocket: '/run/containerd/containerd.sock',
  kubeletConfig: '/etc/kubernetes/kubelet.yaml',
  kubeletKubeconfig: '/etc/kubernetes/kubelet.conf',
  kubeProxyConfig: '/etc/kubernetes/kube-proxy.yaml',
  kubeProxyKubeconfig: '/etc/kubernetes/kube-proxy.conf',
  authority: '/etc/kubernetes/pki/ca.crt',
  certificate: '/etc/kubernetes/pki/kubelet.crt',
  key: '/etc/kubernetes/pki/kubelet.key',
} as const

export function containerdConfig(pauseImage: string): string {
  return `version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.internal.v1.tracing"]

[grpc]
  address = "${nodePaths.containerdSocket}"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pauseImage}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
    use_internal_loopback = true
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "${nodePaths.programs}/runc"
      SystemdCgroup = false
`
}

export function kubeletConfig(plan: LabPlan, node: PlannedNode): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: nodePaths.authority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: nodePaths.certificate,
    tlsPrivateKeyFile: nodePaths.key,
    containerRuntimeEndpoint: `unix://${nodePaths.containerdSocket}`,
    clusterDomain: 'cluster.local',
    clusterDNS: [plan.dnsAddress],
    resolvConf: '/etc/resolv.conf',
    // The machine's cgroups are shared by all nodes: each has a parent of its own, and none limits the others.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: nodeCgroup(plan.options.name, node.name),
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // The machine's disk is not the node's: nothing is evicted or collected because it fills up.
    localStorageCapacityIsolation: false,
    evictionHard: {},
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
    nodeStatusUpdateFrequency: '4s',
    // The shortest there is: what is killed again and again comes back at once.
    crashLoopBackOff: { maxContainerRestartPeriod: '1s' },
    // On by itself from 1.35.
    featureGates: { KubeletCrashLoopBackOffMax: true },
  }
}

export function kubeletArgs(plan: LabPlan, node: PlannedNode): readonly string[] {
  return [
    `--config=${nodePaths.kubeletConfig}`,
    `--kubeconfig=${nodePaths.kubeletKubeconfig}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${inOrder(plan, node.address)}`,
    `--node-labels=rack=${node.rack},manx.dev/lab=${plan.options.name}`,
  ]
}

export function kubeProxyConfig(plan: LabPlan, node: PlannedNode): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: node.name,
    clientConnection: { kubeconfig: nodePaths.kubeProxyKubeconfig },
    clusterCIDR: inOrder(plan, plan.podCidr),
    detectLocalMode: 'ClusterCIDR',
    // These sysctls belong to the machine's own namespace.
    conntrack: { maxPerCore: 0, min: 0 },
    nftables: { minSyncPeriod: '100ms' },
  }
}
