import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { jsonAnswer, type NodeStatus, routes, serveHttp } from '@manx/process'

/** Serves GET /status as JSON on a unix socket for root alone. A socket that a killed agent left is replaced. */
export async function serveStatus(path: string, read: () => Promise<NodeStatus>): Promise<AsyncDisposable> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  chmodSync(dirname(path), 0o700)
  rmSync(path, { force: true })
  const listener = routes({ '/status': async () => jsonAnswer(200, await read()) })
  const server = await serveHttp(listener, { path })
  chmodSync(path, 0o600)
  return server
}
