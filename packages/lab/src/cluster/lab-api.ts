import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { labFolder } from '../host/lab-folder.ts'

/** Reads from the lab's API server; for writes the lab uses kubectl, as a user would. */
export interface LabApi {
  /** Parsed JSON; rejects with the server's words for any status but 200. */
  get<T>(path: string): Promise<T>
  /** The answer as text, for /readyz and its like. */
  text(path: string): Promise<string>
  close(): void
}

export function connectLabApi(lab: string, port: number): LabApi {
  const { pki } = labFolder(lab)
  const read = (file: string) => readFileSync(join(pki, file))
  const agent = new Agent({ ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key'), keepAlive: true })
  const text = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path, agent, timeout: 10_000 }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString()
          if (response.statusCode === 200) resolve(body)
          else reject(new Error(`GET ${path}: ${response.statusCode} ${body.slice(0, 300)}`))
        })
      })
      call.on('timeout', () => call.destroy(new Error(`GET ${path}: no answer in 10 s`)))
      call.on('error', reject)
      call.end()
    })
  return {
    text,
    get: async <T>(path: string) => JSON.parse(await text(path)) as T,
    close: () => agent.destroy(),
  }
}
