import { readFile } from 'node:fs/promises'
import { run } from '@manx/testbed'
import { enterHost, holderName } from '../host/enter-host.ts'
import { startLabDaemon } from '../host/lab-daemon.ts'
import { labFolder } from '../host/lab-folder.ts'
import type { LabPlan, PlannedNode } from '../plan/lab-plan.ts'
import { kubeletArgs, nodePaths } from './node-config.ts'
import { mountedPrograms, type NodePrograms } from './prepare-node.ts'

/**
 * Makes the node's mount and UTS namespace and returns the pid that holds them. Everything that the node writes goes to its
 * folder: /etc and /opt are overlays, /var is its own, /run is a fresh tmpfs as after a boot. All of it is shared, so that
 * pods with HostToContainer propagation see network namespaces that are made later.
 */
export async function startNodeHolder(lab: string, node: PlannedNode, programs: NodePrograms): Promise<number> {
  const folder = labFolder(lab).node(node.name)
  const overlay = (name: string) =>
    `mount -t overlay overlay -o lowerdir=/${name},upperdir=${folder}/${name},workdir=${folder}/overlay/${name} /${name}`
  const script = [
    'set -e',
    'mount --make-rshared /',
    'mount -t tmpfs -o mode=0755 tmpfs /run',
    'mkdir -p /run/netns /run/lock',
    overlay('etc'),
    overlay('opt'),
    ...mountedPrograms.map(
      (program) => `mount --bind "$(readlink -f ${programs[program]})" ${nodePaths.programs}/${program}`,
    ),
    // Last: the lab's own folder is below the machine's /var.
    `mount --bind ${folder}/var /var`,
    `hostname ${node.name}`,
    'exec sleep infinity',
  ]
  const log = labFolder(lab).log(holderName(node.name))
  const unshare = ['unshare', '--mount', '--uts', '--propagation', 'private', '/bin/sh', '-c', script.join('\n')]
  let pid = 0
  pid = await startLabDaemon({
    lab,
    name: holderName(node.name),
    command: enterHost(lab, node.name, undefined, unshare),
  })
  // nsenter, unshare and sh each replace the one before: the pid stays, the program says how far it came.
  for (let tries = 0; tries < 400; tries += 1) {
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'gone')
    if (program.trim() === 'sleep') return pid
    if (program === 'gone') break
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`node ${node.name}: its mounts could not be made: ${await readFile(log, 'utf8').catch(() => '')}`)
}

const nodeEnv = { PATH: `${nodePaths.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` }

export async function startContainerd(lab: string, node: string, holder: number, signal?: AbortSignal): Promise<void> {
  await startLabDaemon({
    lab,
    name: `containerd.${node}`,
    command: enterHost(lab, node, holder, [`${nodePaths.programs}/containerd`, '--config', nodePaths.containerdConfig]),
    env: nodeEnv,
    ready: async () => (await ctr(lab, node, holder, ['version'])).code === 0,
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Runs containerd's client on a node, in the namespace where kubelet's images and containers are. */
export function ctr(lab: string, node: string, holder: number, args: readonly string[]) {
  const [program, ...rest] = enterHost(lab, node, holder, [`${nodePaths.programs}/ctr`, '-n', 'k8s.io', ...args])
  return run(program, rest)
}

export async function startKubelet(plan: LabPlan, node: PlannedNode, holder: number): Promise<void> {
  const lab = plan.options.name
  await startLabDaemon({
    lab,
    name: `kubelet.${node.name}`,
    command: enterHost(lab, node.name, holder, [`${nodePaths.programs}/kubelet`, ...kubeletArgs(plan, node)]),
    env: nodeEnv,
  })
}

export async function startKubeProxy(lab: string, node: string, holder: number): Promise<void> {
  const command = [`${nodePaths.programs}/kube-proxy`, `--config=${nodePaths.kubeProxyConfig}`]
  await startLabDaemon({
    lab,
    name: `kube-proxy.${node}`,
    command: enterHost(lab, node, holder, command),
    env: nodeEnv,
  })
}
