import { describe, expect, test } from '@jest/globals'
import { type IPPool, parseAddress } from '@manx/api'
import { planDefaultPools, podSubnetsOf } from '../../src/bootstrap/default-pools.ts'
import { type AgentConfig, parseConfig } from '../../src/config/parse-config.ts'
import type { NodeAddresses } from '../../src/identity/find-identity.ts'

const wanted = (environment: Readonly<Record<string, string>>) =>
  parseConfig({ NODENAME: 'n', ...environment }).defaultPools as NonNullable<AgentConfig['defaultPools']>
const pool = (name: string, cidr: string): Pick<IPPool, 'metadata' | 'spec'> => ({ metadata: { name }, spec: { cidr } })
const address = (text: string): NodeAddresses => {
  const parsed = parseAddress(text)
  return parsed === undefined ? {} : { [parsed.family]: { address: parsed, length: 24, from: 'test' } }
}
const nothing = { existing: [], addresses: {}, podSubnets: [] }
const cidrs = (pools: ReturnType<typeof planDefaultPools>) => pools.map(({ name, spec }) => `${name} ${spec.cidr}`)

describe('the default pools', () => {
  test.each([
    ['Calico’s own without a word', {}, nothing, ['default-ipv4-ippool 192.168.0.0/16']],
    [
      'those of the environment',
      { CALICO_IPV4POOL_CIDR: '10.1.0.0/16', CALICO_IPV6POOL_CIDR: 'fd01::/48' },
      nothing,
      ['default-ipv4-ippool 10.1.0.0/16', 'default-ipv6-ippool fd01::/48'],
    ],
    [
      "those of kubeadm's pod subnets",
      {},
      { ...nothing, podSubnets: ['fd02::/48', '10.2.0.0/16'] },
      ['default-ipv4-ippool 10.2.0.0/16', 'default-ipv6-ippool fd02::/48'],
    ],
    [
      'none of a family that has one',
      { CALICO_IPV6POOL_CIDR: 'fd01::/48' },
      { ...nothing, existing: [pool('a', '10.9.0.0/16')] },
      ['default-ipv6-ippool fd01::/48'],
    ],
  ])('are %s', (_, environment, input, expected) => {
    expect(cidrs(planDefaultPools({ ...input, wanted: wanted(environment) }))).toEqual(expected)
  })

  test('carry what the environment says', () => {
    const environment = {
      CALICO_IPV4POOL_CIDR: '10.1.0.0/16',
      CALICO_IPV4POOL_BLOCK_SIZE: '24',
      CALICO_IPV4POOL_NAT_OUTGOING: 'false',
      CALICO_IPV4POOL_NODE_SELECTOR: "rack == 'a'",
      CALICO_IPV4POOL_DISABLE_BGP_EXPORT: 'true',
    }
    expect(planDefaultPools({ ...nothing, wanted: wanted(environment) })[0]?.spec).toEqual({
      cidr: '10.1.0.0/16',
      blockSize: 24,
      natOutgoing: false,
      nodeSelector: "rack == 'a'",
      disableBGPExport: true,
    })
  })

  test('never swallow the fabric', () => {
    const run = () => planDefaultPools({ ...nothing, wanted: wanted({}), addresses: address('192.168.1.5') })
    expect(run).toThrow("192.168.0.0/16 contains this node's address 192.168.1.5; set CALICO_IPV4POOL_CIDR")
  })

  test.each([
    [
      'networking:\n  podSubnet: 10.244.0.0/16,fd00::/48\n  serviceSubnet: 10.96.0.0/12\n',
      ['10.244.0.0/16', 'fd00::/48'],
    ],
    ['networking:\n  podSubnet: "10.244.0.0/16"', ['10.244.0.0/16']],
    ['networking: {}', []],
    ['podSubnet: junk', []],
  ])('kubeadm’s %j has pod subnets %j', (text, expected) => {
    expect(podSubnetsOf(text)).toEqual(expected)
  })
})
