import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { routes, serveHttp } from '../health/http-server.ts'
import type { NodeStatus } from './node-status.ts'

/** Serves GET /status as JSON on a unix socket for root alone. A socket that a killed agent left is replaced. */
export async function serveStatus(path: string, read: () => Promise<NodeStatus>): Promise<AsyncDisposable> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  chmodSync(dirname(path), 0o700)
  rmSync(path, { force: true })
  const listener = routes({ '/status': async () => ({ status: 200, body: JSON.stringify(await read()) }) })
  const server = await serveHttp(listener, { path })
  chmodSync(path, 0o600)
  return server
}
