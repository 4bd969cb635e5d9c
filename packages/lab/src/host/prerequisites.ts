import { readFile } from 'node:fs/promises'
import { commandPath, debianPackages, missing, output, run } from '@manx/testbed'
import { testTools } from '../components/test-tools.ts'
import { LabError } from '../lab-error.ts'

/** Programs of the machine that every lab uses, beside the ones that the lab gets for itself. */
export const neededCommands = [
  'ip',
  'nsenter',
  'unshare',
  'mount',
  'sysctl',
  'nft',
  'openssl',
  'tcpdump',
  'ping',
  'chown',
] as const

/** Installed with --install; without them GoBGP stands in. */
const routerPackages = ['frr', 'bird2'] as const

/** Made and thrown away in a namespace of its own: what the kernel refuses here it would refuse the lab. */
const kernelProbes: Readonly<Record<string, string>> = {
  'network namespaces and veth (CONFIG_VETH)': 'ip link add probe0 type veth peer name probe1',
  'bridges (CONFIG_BRIDGE; modprobe bridge)': 'ip link add probe0 type bridge',
  'nftables (CONFIG_NF_TABLES, _INET, _NAT; modprobe nf_tables nft_chain_nat)':
    'nft add table inet probe && nft "add chain inet probe nat { type nat hook postrouting priority 100; }" && nft add rule inet probe nat masquerade',
}

/** Throws one error that names all that is missing, each with the command that gets it. */
export async function checkPrerequisites(install: boolean): Promise<void> {
  if (install) await installPackages(neededCommands)
  const lacking = [...missing({ root: true, commands: neededCommands })]
  if (lacking.length === 0) lacking.push(...(await missingKernelFeatures()))
  if (lacking.length === 0) return
  const list = lacking.map((what) => `  - ${what}`).join('\n')
  const installable = list.includes('apt-get') && commandPath('apt-get') !== undefined
  const hint = !installable ? '' : "\n'npm run lab -- --install' installs the packages"
  throw new LabError('Prerequisite', `this machine lacks:\n${list}${hint}`)
}

async function missingKernelFeatures(): Promise<readonly string[]> {
  const lacking: string[] = []
  if (!(await readFile('/proc/filesystems', 'utf8')).includes('overlay')) {
    // A module that is loaded on demand is listed only after the first use.
    if ((await run('modprobe', ['overlay']).catch(() => ({ code: 1 }))).code !== 0) {
      lacking.push('kernel feature overlayfs (CONFIG_OVERLAY_FS; modprobe overlay)')
    }
  }
  if (!(await readFile('/proc/self/mounts', 'utf8')).includes(' cgroup')) {
    lacking.push('cgroups (mount -t cgroup2 cgroup2 /sys/fs/cgroup)')
  }
  for (const [feature, command] of Object.entries(kernelProbes)) {
    const { code, stderr } = await run('unshare', ['--net', '/bin/sh', '-c', command])
    if (code !== 0) lacking.push(`kernel feature ${feature}: ${stderr.trim().split('\n')[0] ?? ''}`)
  }
  return lacking
}

/** Gets the Debian packages of the commands that are missing, those of the lab's routers and the named ones. */
export async function installPackages(commands: readonly string[], named: readonly string[] = []): Promise<void> {
  if (process.geteuid?.() !== 0) throw new LabError('Prerequisite', '--install runs apt-get: run as root or with sudo')
  if (commandPath('apt-get') === undefined) {
    throw new LabError(
      'Prerequisite',
      '--install needs apt-get, which this machine has not: install the packages by hand',
    )
  }
  const lacking = commands.filter((command) => commandPath(command) === undefined)
  const packages = new Set(lacking.map((command) => debianPackages[command]).filter((name) => name !== undefined))
  if (commandPath('/usr/lib/frr/bgpd') === undefined) packages.add(routerPackages[0])
  if (commandPath('bird') === undefined) packages.add(routerPackages[1])
  // What Kubernetes' own tests run in their pods comes from this machine.
  for (const name of (await testTools()).missingPackages) packages.add(name)
  for (const name of named) {
    const { stdout } = await run('dpkg', ['--status', name])
    if (!stdout.includes('Status: install ok installed')) packages.add(name)
  }
  if (packages.size === 0) return
  // Routing daemons of the packages must not start in the machine's own namespace.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await output('apt-get', ['update', '-q'], { env })
  await output('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { env })
  for (const service of ['frr', 'bird']) await run('systemctl', ['disable', '--now', service]).catch(() => undefined)
}
