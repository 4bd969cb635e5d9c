import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { silentLogger, type WorkloadEndpoint } from '@manx/api'
import { writeEndpointFiles } from '../../src/status/endpoint-files.ts'
import { endpointStates } from '../../src/status/endpoint-states.ts'
import { rememberErrors } from '../../src/status/remember-errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-status-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const endpoint = (pod: string, interfaceName: string): WorkloadEndpoint => ({
  namespace: 'shop',
  pod,
  node: 'n',
  containerId: 'c',
  interfaceName,
  podInterface: 'eth0',
  addresses: ['10.0.0.1', 'fd00::1'],
  mac: 'ee:ee:ee:ee:ee:01',
})

test('an endpoint is up when its interface runs and all that it wants is in the kernel', () => {
  const tier = { tier: { name: 'default', order: 1, defaultAction: 'Deny' }, policies: [] } as const
  const policy = { kind: 'KubernetesNetworkPolicy', namespace: 'shop', name: 'deny' } as never
  const states = endpointStates({
    endpoints: [endpoint('web', 'cali1'), endpoint('api', 'cali2'), endpoint('db', 'cali3')],
    felix: {
      isProgrammed: (name) => name !== 'cali2',
      policies: {
        policiesOf: (name: string) => ({
          known: true,
          ingress: name === 'cali1' ? [{ ...tier, policies: [policy] }] : [],
          egress: name === 'cali1' ? [{ ...tier, policies: [policy] }] : [],
        }),
      } as never,
    },
    links: ['cali1', 'cali2', 'cali3'].map((name) => ({ name, running: name !== 'cali3' })),
  })
  expect(states.map(({ pod, state, policies }) => [pod, state, policies])).toEqual([
    ['api', 'down', []],
    ['db', 'down', []],
    ['web', 'up', ['KubernetesNetworkPolicy/shop/deny']],
  ])
})

test('each endpoint that is up has a file as Felix writes it, and only those', () => {
  writeFileSync(join(folder, 'mine'), 'of somebody else')
  writeEndpointFiles(folder, [endpoint('web', 'cali1'), endpoint('api', 'cali2')])
  expect(readdirSync(folder)).toEqual(['k8s shop%2Fapi eth0', 'k8s shop%2Fweb eth0', 'mine'])
  const path = join(folder, 'k8s shop%2Fweb eth0')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    ifaceName: 'cali1',
    mac: 'ee:ee:ee:ee:ee:01',
    ipv4Nets: ['10.0.0.1/32'],
    ipv6Nets: ['fd00::1/128'],
  })
  const { ino } = statSync(path)
  writeEndpointFiles(folder, [endpoint('web', 'cali1')])
  expect(readdirSync(folder)).toEqual(['k8s shop%2Fweb eth0', 'mine'])
  expect(statSync(path).ino).toBe(ino)
})

test('the last errors are remembered, the newest first, each once', () => {
  const { logger, recent } = rememberErrors(silentLogger, 2)
  logger.info('all is well')
  for (const error of [new Error('one'), 'two', new Error('one')]) logger.warn('it failed', { error })
  logger.error('it failed in full')
  expect(recent().map(({ message }) => message)).toEqual(['it failed in full', 'it failed: one'])
})
