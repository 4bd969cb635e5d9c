import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { labFolder } from '../host/lab-folder.ts'

/**
 * The lab's API server. What a user would do is done with kubectl; this is for reading, and for writes that are too many
 * for a process each.
 */
export interface LabApi {
  /** Parsed JSON; rejects with the server's words for any status but 200. */
  get<T>(path: string): Promise<T>
  /** The answer as text, for /readyz and its like. */
  text(path: string): Promise<string>
  /** Rejects for any status of 300 and above. PATCH is a JSON merge patch. */
  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<void>
  close(): void
}

export function connectLabApi(lab: string, port: number): LabApi {
  const { pki } = labFolder(lab)
  const read = (file: string) => readFileSync(join(pki, file))
  const agent = new Agent({ ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key'), keepAlive: true })
  const call = (method: string, path: string, body?: object) =>
    new Promise<string>((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const headers = body === undefined ? {} : { 'content-type': type }
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent, timeout: 10_000 }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const { statusCode = 500 } = response
          if (method === 'GET' ? statusCode === 200 : statusCode < 300) resolve(text)
          else reject(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`))
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 10 s`)))
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  return {
    text: (path) => call('GET', path),
    get: async <T>(path: string) => JSON.parse(await call('GET', path)) as T,
    send: async (method, path, body) => {
      await call(method, path, body)
    },
    close: () => agent.destroy(),
  }
}
