import { constants, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { makeNodeCgroup } from '../host/cgroups.ts'
import { labFolder } from '../host/lab-folder.ts'
import { type LabPlan, type PlannedNode, primaryUrlHost } from '../plan/lab-plan.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { containerdConfig, kubeletConfig, kubeProxyConfig, nodePaths } from './node-config.ts'
import { readCertificate } from './pki.ts'

/** Programs that are mounted into a node's /opt/bin. */
export const mountedPrograms = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'kubelet', 'kube-proxy'] as const

/** Path of each program that a node has in /opt/bin. */
export type NodePrograms = Readonly<Record<(typeof mountedPrograms)[number] | 'runc', string>>

/**
 * Writes what a node finds on its disk at first boot: `etc` and `opt` become the upper layers over the machine's own,
 * `var` is the whole /var.
 */
export async function prepareNode(
  plan: LabPlan,
  node: PlannedNode,
  programs: NodePrograms,
  pauseImage: string,
): Promise<void> {
  const lab = plan.options.name
  await makeNodeCgroup(lab, node.name)
  const folder = labFolder(lab).node(node.name)
  const place = (path: string) => join(folder, path)
  for (const path of ['etc/kubernetes/pki', 'etc/containerd', 'etc/cni/net.d', 'opt/cni/bin', 'opt/bin']) {
    await mkdir(place(path), { recursive: true })
  }
  for (const path of ['var/lib', 'var/log', 'var/tmp', 'var/cache', 'overlay/etc', 'overlay/opt']) {
    await mkdir(place(path), { recursive: true })
  }
  await symlink('/run', place('var/run'))
  // Mount points of the programs. runc is a copy: it looks at its own folder through an overlay, which shows no mounts.
  await Promise.all(mountedPrograms.map((program) => writeFile(place(join('opt/bin', program)), '')))
  await copyFile(programs.runc, place('opt/bin/runc'), constants.COPYFILE_FICLONE)
  const hosts = plan.nodes.map(({ name, address }) => `${address.v4} ${name}\n${address.v6} ${name}\n`)
  const { authority, certificate, key } = await readCertificate(lab, `kubelet-serving-${node.name}`)
  const files: Readonly<Record<string, string>> = {
    '/etc/hostname': `${node.name}\n`,
    '/etc/hosts': `127.0.0.1 localhost\n::1 localhost\n${hosts.join('')}`,
    '/etc/resolv.conf': `nameserver ${plan.dnsAddress}\n`,
    [nodePaths.containerdConfig]: containerdConfig(pauseImage),
    [nodePaths.kubeletConfig]: stringify(kubeletConfig(plan, node)),
    [nodePaths.kubeProxyConfig]: stringify(kubeProxyConfig(plan, node)),
    [nodePaths.authority]: authority,
    [nodePaths.certificate]: certificate,
  }
  await Promise.all(Object.entries(files).map(([path, text]) => writeFile(place(path), text)))
  await writeFile(place(nodePaths.key), key, { mode: 0o600 })
  const control = plan.hosts.find(({ name }) => name === 'control')
  if (control === undefined) throw new Error('every plan has a control plane')
  const server = `https://${primaryUrlHost(plan, control.address)}:${plan.apiPort}`
  await writeKubeconfig(lab, `kubelet-${node.name}`, server, place(nodePaths.kubeletKubeconfig))
  await writeKubeconfig(lab, 'kube-proxy', server, place(nodePaths.kubeProxyKubeconfig))
}
