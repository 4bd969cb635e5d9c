import { describe, expect, test } from '@jest/globals'
import { ConfigError, parseConfig } from '../../src/config/parse-config.ts'

const parse = (environment: Readonly<Record<string, string>>) => parseConfig({ NODENAME: 'node-1', ...environment })

describe('the environment', () => {
  test('may be empty but for the name of the node', () => {
    const byDefault = { kind: 'detect', method: { kind: 'internal-ip-or-first-found' }, required: false }
    expect(parse({})).toMatchObject({
      node: 'node-1',
      addresses: { 4: byDefault, 6: byDefault },
      detectionInterval: 60_000,
      asNumber: undefined,
      clusterType: ['k8s', 'bgp'],
      defaultPools: {
        4: { cidr: undefined, natOutgoing: true, nodeSelector: 'all()', disableBgpExport: false },
        6: { cidr: undefined, natOutgoing: false },
      },
      gobgpSocket: '/run/gobgp/gobgpd.sock',
      cniSocket: '/run/manx/cni/cni.sock',
      journalFolder: '/run/manx/attachments',
      conflistPath: '/etc/cni/net.d/10-manx.conflist',
      health: { enabled: true, host: '127.0.0.1', port: 9099 },
      metrics: { enabled: false, host: '', port: 9091 },
    })
  })

  test.each([
    [{ IP: 'none' }, { addresses: { 4: { kind: 'none' } } }],
    [{ IP: '10.0.0.5' }, { addresses: { 4: { kind: 'fixed', address: '10.0.0.5', length: undefined } } }],
    [{ IP6: 'fd00::5/64' }, { addresses: { 6: { kind: 'fixed', address: 'fd00::5', length: 64 } } }],
    [{ IP: 'autodetect' }, { addresses: { 4: { kind: 'detect', required: true } } }],
    [
      { IP_AUTODETECTION_METHOD: 'can-reach=192.0.2.1' },
      { addresses: { 4: { method: { kind: 'can-reach', destination: '192.0.2.1' }, required: true } } },
    ],
    [
      { IP_AUTODETECTION_METHOD: 'interface=eth.*,ens3' },
      { addresses: { 4: { method: { kind: 'interface', expressions: [/eth.*/, /ens3/] } } } },
    ],
    [{ IP6_AUTODETECTION_METHOD: 'cidr=fd00::/8' }, { addresses: { 6: { method: { kind: 'cidr' } } } }],
    [{ AS: '65001' }, { asNumber: 65_001 }],
    [{ AS: '1.10' }, { asNumber: 65_546 }],
    [{ CALICO_ROUTER_ID: 'hash' }, { routerId: 'hash' }],
    [{ NO_DEFAULT_POOLS: 'true' }, { defaultPools: undefined }],
    [
      { CALICO_IPV4POOL_CIDR: '10.1.0.0/16', CALICO_IPV4POOL_BLOCK_SIZE: '28' },
      { defaultPools: { 4: { cidr: '10.1.0.0/16', blockSize: 28 } } },
    ],
    [{ CALICO_IPV4POOL_IPIP: 'Never', CALICO_IPV4POOL_VXLAN: 'Never' }, {}],
    [
      { FELIX_PROMETHEUSMETRICSENABLED: 'true', FELIX_PROMETHEUSMETRICSPORT: '9191' },
      { metrics: { enabled: true, port: 9191 } },
    ],
    [{ FELIX_LOGSEVERITYSCREEN: 'Warning' }, { logLevel: 'warn' }],
    [{ AUTODETECT_POLL_INTERVAL: '30s' }, { detectionInterval: 30_000 }],
    [{ MANX_RUN_DIR: '/tmp/x' }, { cniSocket: '/tmp/x/cni/cni.sock', statusSocket: '/tmp/x/status.sock' }],
    [{ NODENAME: '', HOSTNAME: 'host-1' }, { node: 'host-1' }],
  ])('%j is understood', (environment, expected) => {
    expect(parse(environment)).toMatchObject(expected)
  })

  test.each([
    [{ NODENAME: 'Not A Name' }, 'NODENAME=Not A Name: must be the name of the Kubernetes node'],
    [{ IP: 'fd00::1' }, 'IP=fd00::1: must be autodetect, none or an IPv4 address'],
    [{ IP: '10.0.0.1/40' }, 'IP=10.0.0.1/40: must be'],
    [{ IP_AUTODETECTION_METHOD: 'interface=(' }, 'IP_AUTODETECTION_METHOD=interface=(: must be first-found'],
    [{ IP_AUTODETECTION_METHOD: 'guess' }, 'IP_AUTODETECTION_METHOD=guess: must be'],
    [{ AS: '0' }, 'AS=0: must be an AS number from 1'],
    [{ AS: '4294967296' }, 'AS=4294967296: must be'],
    [{ CALICO_ROUTER_ID: 'fd00::1' }, 'CALICO_ROUTER_ID=fd00::1: must be an IPv4 address or hash'],
    [{ CALICO_IPV4POOL_CIDR: '10.0.0.1/8' }, 'CALICO_IPV4POOL_CIDR=10.0.0.1/8: must be an IPv4 CIDR without host bits'],
    [{ CALICO_IPV4POOL_CIDR: '10.0.0.0/28' }, 'must be at least as large as one block: a length of at most 26'],
    [{ CALICO_IPV6POOL_BLOCK_SIZE: '64' }, 'CALICO_IPV6POOL_BLOCK_SIZE=64: must be a whole number from 116 to 128'],
    [{ CALICO_IPV4POOL_IPIP: 'Always' }, 'CALICO_IPV4POOL_IPIP=Always: must be Never'],
    [{ CALICO_IPV4POOL_NODE_SELECTOR: 'a ==' }, 'CALICO_IPV4POOL_NODE_SELECTOR=a ==: must be a selector'],
    [{ NO_DEFAULT_POOLS: 'maybe' }, 'NO_DEFAULT_POOLS=maybe: must be true or false'],
    [{ FELIX_HEALTHPORT: '99999' }, 'FELIX_HEALTHPORT=99999: must be a whole number from 0 to 65535'],
    [{ MANX_STATE_DIR: 'var' }, 'MANX_STATE_DIR=var: must be an absolute path'],
  ])('%j is refused', (environment, message) => {
    expect(() => parse(environment)).toThrow(message)
  })

  test('is refused with all its faults at once', () => {
    const run = () => parse({ IP: 'x', AS: 'y' })
    expect(run).toThrow(ConfigError)
    expect(run).toThrow(/^IP=x: .*; AS=y: /)
  })
})
