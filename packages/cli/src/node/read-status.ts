import { request } from 'node:http'
import type { NodeStatus } from '@manx/process'

/** Asks the agent of this machine; undefined when there is none, or this user may not ask it. */
export function readStatus(socketPath: string): Promise<NodeStatus | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/status', timeout: 5000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode !== 200) reject(new Error(`the agent answered ${response.statusCode}: ${text}`))
        else resolve(JSON.parse(text) as NodeStatus)
      })
    })
    asked.on('timeout', () => asked.destroy(new Error('the agent does not answer')))
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(error.code ?? '')) resolve(undefined)
      else reject(error)
    })
    asked.end()
  })
}
