import type { Packet, World, WorldEndpoint } from '../../src/index.ts'

const pod = (
  name: string,
  index: number,
  labels: Readonly<Record<string, string>>,
  ports: WorldEndpoint['ports'] = [],
): WorldEndpoint => {
  const [namespace = '', own = ''] = name.split('/')
  const addresses = [`10.0.0.${index}`, `fd00::${index}`]
  return { namespace, name: own, serviceAccount: `${own}-account`, labels, addresses, ports }
}

/** Named ports differ per pod, and one name is of two protocols. */
export const world: World = {
  endpoints: [
    pod('x/web', 1, { app: 'web' }, [{ name: 'http', protocol: 6, port: 8080 }]),
    pod('x/db', 2, { app: 'db', role: '' }, [
      { name: 'http', protocol: 6, port: 9090 },
      { name: 'dns', protocol: 17, port: 53 },
      { name: 'dns', protocol: 6, port: 5353 },
    ]),
    pod('y/web', 3, { app: 'web', role: 'front' }, [{ name: 'http', protocol: 132, port: 8080 }]),
    pod('z/job', 4, {}),
  ],
  namespaces: {
    x: { team: 'red', 'kubernetes.io/metadata.name': 'x' },
    y: { team: 'blue', 'kubernetes.io/metadata.name': 'y' },
    z: { 'kubernetes.io/metadata.name': 'z' },
  },
  serviceAccounts: { 'x/web-account': { trusted: 'yes' } },
  policies: [],
}

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, other: 253 }

/**
 * A packet from words: `x/web > y/web tcp 80`, from port 40000 unless it is `tcp 1234:80`. Ends may be addresses, `tcp6` is TCP
 * between the IPv6 addresses of pods; for ICMP type and code follow.
 */
export function packet(text: string): Packet {
  const [from = '', , to = '', what = '', numbers = ''] = text.split(' ')
  const family = what === 'icmpv6' || what.endsWith('6') ? 6 : 4
  const protocol = protocols[what.replace(/(?<!v)6$/, '')]
  if (protocol === undefined) throw new Error(`no protocol in ${text}`)
  const ends = { family, protocol, source: addressOf(from, family), destination: addressOf(to, family) } as const
  const [first = Number.NaN, second] = numbers.split(/[:/]/).map(Number)
  if (protocol === 1 || protocol === 58) return { ...ends, icmp: { type: first, code: second ?? 0 } }
  if (numbers === '') return ends
  return { ...ends, sourcePort: second === undefined ? 40_000 : first, destinationPort: second ?? first }
}

function addressOf(end: string, family: 4 | 6): string {
  if (!end.includes('/')) return end
  const found = world.endpoints.find(({ namespace, name }) => `${namespace}/${name}` === end)
  const address = found?.addresses[family === 4 ? 0 : 1]
  if (address === undefined) throw new Error(`no pod ${end}`)
  return address
}
