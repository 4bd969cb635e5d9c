import { fileURLToPath } from 'node:url'
import { output } from '@manx/testbed'
import { enterHost } from '../host/enter-host.ts'

const worker = fileURLToPath(new URL('etcd-worker.ts', import.meta.url))

/**
 * Writes and removes objects behind the API server's back, as no admission can keep them from being stored. The API server
 * must be able to decode them: fields of the wrong type in a built-in kind would break every list of that kind.
 */
export async function writeEtcd(
  lab: string,
  changes: readonly { readonly key: string; readonly object: object | undefined }[],
): Promise<void> {
  const [program, ...args] = enterHost(lab, 'control', undefined, [process.execPath, worker])
  await output(program, args, { input: JSON.stringify(changes) })
}
