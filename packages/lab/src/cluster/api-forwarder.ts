import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { enterHost } from '../host/enter-host.ts'
import { spawnLabDaemon } from '../host/lab-daemon.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan } from '../plan/lab-plan.ts'

/**
 * Makes the API server reachable from the machine's own namespace on a port of 127.0.0.1, and returns the port. The listening
 * socket is made here and handed to a child in the control plane's namespace: a socket stays in the namespace that it was
 * made in, so no address and no link between the lab and the machine is needed.
 */
export async function startApiForwarder(plan: LabPlan, port = 0): Promise<number> {
  const lab = plan.options.name
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new LabError('StartFailed', 'the forwarder has no port')
  const worker = fileURLToPath(new URL('./api-forwarder-worker.ts', import.meta.url))
  const command = enterHost(lab, 'control', undefined, [process.execPath, worker, '127.0.0.1', String(plan.apiPort)])
  const child = spawnLabDaemon({ lab, name: 'api-forwarder', command }, true)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', (code) => reject(new LabError('StartFailed', `api-forwarder ended with exit ${code}`)))
      child.once('error', reject)
      child.send('listener', server, (error) => {
        if (error !== null) reject(error)
      })
    })
  } finally {
    if (child.connected) child.disconnect()
    server.close()
  }
  return address.port
}
