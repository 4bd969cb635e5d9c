import { expect, test } from '@jest/globals'
import type { BgpCounters } from '@manx/bgp'
import { Registry } from 'prom-client'
import { addBgpMetrics } from '../../src/health/bgp-metrics.ts'

test('one question to BGP answers a scrape, and families without sessions have no series', async () => {
  let questions = 0
  let counters: BgpCounters = {
    sessions: [
      { family: 4, info: 'Established' },
      { family: 4, info: 'Established' },
      { family: 4, info: 'Active' },
    ],
    routes: { 4: { imported: 7, exported: 2 }, 6: { imported: 0, exported: 0 } },
    installed: 5,
  }
  const registry = new Registry()
  addBgpMetrics(registry, {
    counters: async () => {
      questions++
      return counters
    },
  })
  const scrape = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(await scrape()).toEqual([
    'bgp_peers{ip_version="IPv4",status="Established"} 2',
    'bgp_peers{ip_version="IPv4",status="Active"} 1',
    'bgp_routes_imported{ip_version="IPv4"} 7',
    'bgp_routes_exported{ip_version="IPv4"} 2',
    'manx_bgp_kernel_routes 5',
  ])
  expect(questions).toBe(1)
  counters = { ...counters, sessions: [{ family: 6, info: 'Idle' }], installed: 0 }
  expect(await scrape()).toEqual([
    'bgp_peers{ip_version="IPv6",status="Idle"} 1',
    'bgp_routes_imported{ip_version="IPv6"} 0',
    'bgp_routes_exported{ip_version="IPv6"} 0',
    'manx_bgp_kernel_routes 0',
  ])
})
