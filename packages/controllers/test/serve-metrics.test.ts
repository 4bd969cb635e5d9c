import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Logger, silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { Gauge, Registry } from 'prom-client'
import { createMetricsServer, type MetricsServer } from '../src/metrics/serve-metrics.ts'

const host = '127.0.0.1'
const errors: string[] = []
const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) }
let metrics: MetricsServer
beforeEach(() => {
  const registry = new Registry()
  new Gauge({ name: 'ours', help: 'Is there.', registers: [registry] }).set(1)
  errors.length = 0
  metrics = createMetricsServer({ registry, host, logger, interval: 20 })
})
afterEach(async () => {
  await metrics[Symbol.asyncDispose]()
})

/** Another process on a port, which answers as well. */
async function occupy() {
  const server = createServer((_, response) => response.end('another'))
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const leave = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return { port, leave }
}
const body = async (port: number) => (await fetch(`http://${host}:${port}/metrics`)).text()

test('metrics are served when another process leaves their port, and the log says once that it was taken', async () => {
  const { port, leave } = await occupy()
  await metrics.listen(port)
  // To want the same is no new try, and so no new complaint.
  await metrics.listen(port)
  expect(await body(port)).toBe('another')
  await leave()
  await eventually(async () => expect(await body(port)).toContain('ours 1'))
  expect(errors).toEqual([expect.stringContaining('EADDRINUSE')])
  await metrics.listen(0)
  await expect(body(port)).rejects.toThrow()
})

test('a port that is not wanted any more is not taken when it is free', async () => {
  const first = await occupy()
  const second = await occupy()
  await metrics.listen(first.port)
  await metrics.listen(second.port)
  await first.leave()
  await second.leave()
  await eventually(async () => expect(await body(second.port)).toContain('ours 1'))
  await expect(body(first.port)).rejects.toThrow()
})
