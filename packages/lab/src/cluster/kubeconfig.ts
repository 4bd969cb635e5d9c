import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { readCertificate } from './pki.ts'

/** Writes a kubeconfig with everything inside, readable by its owner only. */
export async function writeKubeconfig(lab: string, certificate: string, server: string, path: string): Promise<void> {
  const { authority, certificate: clientCertificate, key } = await readCertificate(lab, certificate)
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const context = `manx-${lab}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [
      {
        name: context,
        user: { 'client-certificate-data': base64(clientCertificate), 'client-key-data': base64(key) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    'current-context': context,
  }
  await writeFile(path, stringify(config, { lineWidth: 0 }), { mode: 0o600 })
}
