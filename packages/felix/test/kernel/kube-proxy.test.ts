import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Daemon, eventually, type Namespace, skipReason } from '@manx/testbed'
import { createNode, type RunningFelix, type TestNode, type TestPod } from './node.ts'
import { goesOn, onlyFriends, onlyFriendsKey, podState, progress, streamReader, streamServer } from './streams.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'conntrack', 'iptables-nft'] })
const suite = reason === undefined ? describe : describe.skip

/** As kube-proxy writes it in its nftables mode: the service 10.96.0.1 is port 8080 of 10.0.0.1. */
const nftables = `
table ip kube-proxy {
  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { 10.96.0.1 . tcp . 8080 : goto service-one }
  }
  chain service-one {
    meta l4proto tcp dnat to 10.0.0.1:8080
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
  chain masquerading {
    type nat hook postrouting priority srcnat; policy accept;
    mark and 0x4000 != 0 masquerade fully-random
  }
  chain filter-forward {
    type filter hook forward priority -110; policy accept;
    ct state new ip daddr 10.96.0.2 reject
  }
}`
/** The same in its iptables mode. */
const iptables = [
  '-t nat -N KUBE-SERVICES',
  '-t nat -A PREROUTING -m comment --comment kubernetes-service-portals -j KUBE-SERVICES',
  '-t nat -A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.1:8080',
  '-t nat -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully',
  '-N KUBE-FORWARD',
  '-A FORWARD -j KUBE-FORWARD',
  '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
  '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
]

suite(`beside kube-proxy${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix
  let daemons: Daemon[]

  const addPod = async (id: string, role: string, address: string): Promise<TestPod> => {
    const pod = await node.addPod(id, address)
    const state = podState(id, role, [address])
    felix.setPod(`default/pod-${id}`, state)
    await felix.addEndpoint(pod.endpoint, { pod: state })
    return pod
  }
  const start = async (namespace: Namespace, script: string, ...args: readonly string[]): Promise<Daemon> => {
    const daemon = await namespace.start(process.execPath, ['-e', script, ...args])
    daemons.push(daemon)
    return daemon
  }
  const modes: Readonly<Record<string, () => Promise<unknown>>> = {
    nftables: () => node.namespace.output('nft', ['-f', '-'], { input: nftables }),
    iptables: async () => {
      for (const rule of iptables) await node.namespace.output('iptables-nft', rule.split(' '))
    },
  }
  /** Everything in the kernel that is not ours, with handles: a rule that is made anew has another one. */
  const others = async (): Promise<string> => {
    const text = await node.nft('-a', 'list', 'ruleset')
    const tables = text.split(/^(?=table )/m).filter((table) => !table.startsWith('table inet manx '))
    return tables.join('').replaceAll(/packets \d+ bytes \d+/g, '')
  }

  beforeEach(async () => {
    daemons = []
    node = await createNode()
    felix = await node.startFelix()
    felix.setNamespace('default', {})
    felix.inSync()
  })
  afterEach(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop('SIGKILL')))
    await node[Symbol.asyncDispose]()
  })

  test.each(Object.keys(modes))(
    'in %s mode policies see the pod behind a service, and its tables are never written',
    async (mode) => {
      await modes[mode]?.()
      const before = await others()
      expect(before).toMatch(/10\.96\.0\.1/)
      const server = await addPod('server', 'server', '10.0.0.1')
      const friend = await addPod('friend', 'friend', '10.0.0.2')
      const foe = await addPod('foe', 'foe', '10.0.0.3')
      const serving = await start(server.namespace, streamServer)
      await eventually(() => expect(serving.log()).toBe('ready\n'))
      const good = await start(friend.namespace, streamReader, '10.96.0.1')
      const bad = await start(foe.namespace, streamReader, '10.96.0.1')
      await Promise.all([goesOn(good), goesOn(bad)])
      felix.setPolicy(onlyFriendsKey, onlyFriends)
      await eventually(() => expect(serving.log()).toContain('ECONNRESET 10.0.0.3'))
      await goesOn(good)
      const end = progress(bad)
      await node.nft('delete', 'table', 'inet', 'manx')
      await eventually(() => expect(felix.statistics().nftables.drift).toBeGreaterThan(0))
      await goesOn(good)
      expect(progress(bad)).toBe(end)
      expect(good.log()).not.toMatch(/gap|closed|ECONN/)
      // Their changes and ours at the same time: neither fails because of the other.
      const churn = Array.from({ length: 20 }, async (_, i) => {
        felix.setPolicy(onlyFriendsKey, i % 2 === 0 ? undefined : onlyFriends)
        await node.nft('add', 'table', 'ip', `churn-${i}`)
        await node.nft('delete', 'table', 'ip', `churn-${i}`)
      })
      await Promise.all(churn)
      await goesOn(good)
      expect(felix.statistics().nftables.failures).toBe(0)
      expect(await others()).toBe(before)
    },
  )
})
