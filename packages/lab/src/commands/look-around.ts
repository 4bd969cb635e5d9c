import type { LabState } from '../host/lab-state.ts'

/** What one can do with a lab that is up. */
export function lookAround({ options, routers = {} }: LabState): string {
  const name = options.name === 'lab' ? '' : ` --name ${options.name}`
  const router = (host: string, kind: string | undefined) => {
    const folder = `/var/lib/manx-lab/${options.name}/fabric/${host}`
    if (kind === 'frr') return [`vtysh --vty_socket ${folder} -c 'show bgp ipv4 unicast'`, `${host}'s BGP table (FRR)`]
    if (kind === 'bird') return [`birdc -s ${folder}/bird.ctl show route`, `${host}'s routes (BIRD)`]
    return [`npm run lab -- exec${name} ${host} -- ip route`, `${host}'s routes`]
  }
  const lines = [
    [`export KUBECONFIG=$(npm run --silent lab -- kubeconfig${name})`, 'for kubectl, calicoctl and your own programs'],
    [`npm run lab -- kubectl${name} get pods -A -o wide`, 'or without it'],
    [`npm run lab -- exec${name} node1 -- ip route`, "the node's routes: one per pod, one per block"],
    [`npm run lab -- exec${name} node1 -- nft list table inet manx`, 'what Manx has in its kernel'],
    ...Object.entries(routers).map(([host, kind]) => router(host, kind)),
    [`npm run lab -- exec${name} outside -- bash`, 'a host outside the cluster'],
    [`npm run lab -- link${name} down node1`, `break something${options.mesh ? '' : ', or: kill tor1'}; heal mends it`],
    [`npm run lab -- check${name}`, 'prove the network again'],
    [`npm run lab -- down${name}`, 'end and remove it'],
  ]
  const width = Math.max(...lines.map(([command]) => command?.length ?? 0))
  return ['', 'Look around:', ...lines.map(([command, what]) => `  ${command?.padEnd(width)}  # ${what}`), ''].join(
    '\n',
  )
}
