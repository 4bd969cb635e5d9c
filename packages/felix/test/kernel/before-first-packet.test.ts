import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Policy } from '@manx/api'
import { skipReason } from '@manx/testbed'
import { createNode, type RunningFelix, type TestNode } from './node.ts'
import { podState } from './streams.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft'] })
const suite = reason === undefined ? describe : describe.skip

const policy = (name: string, port: number): Policy => ({
  kind: 'KubernetesNetworkPolicy',
  namespace: 'default',
  name,
  tier: 'default',
  order: 1000,
  selector: 'role == "server"',
  types: ['Ingress'],
  ingress: [
    {
      action: 'Allow',
      protocol: 6,
      source: { selector: 'role == "friend"' },
      destination: { ports: [{ from: port, to: port }] },
    },
  ],
  egress: [],
})

suite(`policy before the first packet${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode
  let felix: RunningFelix

  beforeEach(async () => {
    node = await createNode()
    felix = await node.startFelix()
    felix.setNamespace('default', {})
    felix.inSync()
  })
  afterEach(async () => node[Symbol.asyncDispose]())

  test('when an endpoint is there, its chains and the sets in them are in the kernel, also while everything changes', async () => {
    const count = 30
    await node.addInterfaces(Array.from({ length: count }, (_, i) => `cali${i}`))
    const friends = Array.from({ length: 5000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    felix.setPod('default/pod-friends', podState('friends', 'friend', friends))
    for (let i = 0; i < 20; i++) {
      felix.setPolicy(`KubernetesNetworkPolicy/default/p${i}`, policy(`p${i}`, 100 + i))
    }
    let churned = 0
    const churn = setInterval(() => {
      const name = `p${churned++ % 20}`
      felix.setPolicy(`KubernetesNetworkPolicy/default/${name}`, policy(name, 1000 + churned))
    }, 2)
    const seen = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const address = `10.0.0.${i + 1}`
        const state = podState(String(i), 'server', [address])
        await felix.addEndpoint(
          {
            namespace: 'default',
            pod: `pod-${i}`,
            node: 'node-1',
            containerId: `container-${i}`,
            interfaceName: `cali${i}`,
            podInterface: 'eth0',
            addresses: [address],
          },
          { pod: state },
        )
        return await node.nft('list', 'table', 'inet', 'manx')
      }),
    )
    clearInterval(churn)
    for (const [i, text] of seen.entries()) {
      const list = new RegExp(`"cali${i}" : goto (li-[\\w-]+)`).exec(text.split('map ingress-dispatch')[1] ?? '')?.[1]
      expect(text).toContain(`chain ${list} {`)
      expect(text.match(/jump pi-/g)).toHaveLength(20)
      expect(text).toContain(friends.at(-1))
    }
    expect(felix.statistics().nftables.failures).toBe(0)
  })
})
