import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { skipReason } from '@manx/testbed'
import type { Packet } from '../../src/index.ts'
import { craftPacket } from './craft-packet.ts'
import { createNetwork, type TestNetwork } from './network.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'nsenter', 'cc', 'conntrack'] })
const suite = reason === undefined ? describe : describe.skip
const sctp = existsSync('/proc/sys/net/netfilter/nf_conntrack_sctp_timeout_closed')

suite(`packets of the packet tool${reason === undefined ? '' : ` (${reason})`}`, () => {
  let network: TestNetwork

  beforeAll(async () => {
    network = await createNetwork()
    const { namespace } = network.node
    await namespace.output('sysctl', ['-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
    const routes = network.endpoints.flatMap(({ interfaceName, addresses }) =>
      addresses.map((address) => `route add ${address} dev ${interfaceName}`),
    )
    await namespace.output('ip', ['-batch', '-'], { input: `${routes.join('\n')}\n` })
  })
  afterAll(async () => network[Symbol.asyncDispose]())

  async function arrived(packets: readonly Packet[]): Promise<readonly (readonly number[])[]> {
    const sent = packets.map((packet, index) => ({
      party: network.partyOf(packet.source),
      id: index + 1,
      bytes: craftPacket(packet, index + 1),
    }))
    await network.forgetFlows()
    const arrivals = await network.tool.send(sent)
    return sent.map(({ id }) => arrivals.get(id) ?? [])
  }

  const four = { family: 4, source: '10.65.0.1', destination: '10.65.0.3' } as const
  const six = { family: 6, source: 'fd65::1', destination: 'fd65:0:0:1::6' } as const
  const kinds: readonly (readonly [string, Omit<Packet, 'family' | 'source' | 'destination'>, Packet['family'][]])[] = [
    ['tcp dport 80', { protocol: 6, sourcePort: 4000, destinationPort: 80 }, [4, 6]],
    ['udp dport 53', { protocol: 17, sourcePort: 4000, destinationPort: 53 }, [4, 6]],
    ['sctp dport 7', { protocol: 132, sourcePort: 4000, destinationPort: 7 }, sctp ? [4, 6] : []],
    ['icmp type echo-request icmp code 1', { protocol: 1, icmp: { type: 8, code: 1 } }, [4]],
    ['icmpv6 type echo-request icmpv6 code 1', { protocol: 58, icmp: { type: 128, code: 1 } }, [6]],
    ['meta l4proto 253', { protocol: 253 }, [4, 6]],
  ]
  const cases = kinds.flatMap(([match, what, families]) =>
    families.map((family): [string, number, Packet] => [match, family, { ...(family === 4 ? four : six), ...what }]),
  )

  test.each(cases)('%s in IPv%s opens a flow, and what is dropped does not arrive', async (match, _, packet) => {
    const only = `table inet test
      delete table inet test
      table inet test { chain everything { type filter hook forward priority 0; policy drop; ct state new ${match} accept; }; }`
    await network.node.namespace.output('nft', ['-f', '-'], { input: only })
    const other: Packet = { ...packet, protocol: packet.protocol === 17 ? 6 : 17, destinationPort: 9, sourcePort: 9 }
    expect(await arrived([packet, other, packet])).toEqual([
      [network.partyOf(packet.destination)],
      [],
      [network.partyOf(packet.destination)],
    ])
    await network.node.namespace.output('nft', ['delete', 'table', 'inet', 'test'])
  })

  test('none of many packets is lost', async () => {
    const packets = Array.from({ length: 10_000 }, (_, index): Packet => {
      const ends = index % 2 === 0 ? four : six
      return { ...ends, protocol: 17, sourcePort: 1000 + index, destinationPort: 53 }
    })
    const counts = new Map<string, number>()
    for (const parties of await arrived(packets)) counts.set(String(parties), (counts.get(String(parties)) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({
      [network.partyOf(four.destination)]: 5000,
      [network.partyOf(six.destination)]: 5000,
    })
  })
})
