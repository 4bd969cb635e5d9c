import { fileURLToPath } from 'node:url'
import { output } from '@manx/testbed'
import { enterHost } from '../host/enter-host.ts'

export type Fetched = { readonly body: string } | { readonly error: string }

const worker = fileURLToPath(new URL('./probe-worker.ts', import.meta.url))

/** GETs all of these at once from a host's network namespace; anything but 200 is an error. */
export async function fetchInHost(lab: string, host: string, urls: readonly string[]): Promise<readonly Fetched[]> {
  if (urls.length === 0) return []
  const [program, ...args] = enterHost(lab, host, undefined, [process.execPath, worker])
  return JSON.parse(await output(program, args, { input: JSON.stringify(urls) })) as Fetched[]
}
