// Started in the control plane's namespace: reads changes as a JSON array and sends them to etcd's JSON gateway.
import { text } from 'node:stream/consumers'

const changes = JSON.parse(await text(process.stdin)) as readonly { readonly key: string; readonly object?: object }[]
const base64 = (value: string) => Buffer.from(value).toString('base64')

for (const { key, object } of changes) {
  const [path, body] =
    object === undefined
      ? ['deleterange', { key: base64(key) }]
      : ['put', { key: base64(key), value: base64(`${JSON.stringify(object)}\n`) }]
  const response = await fetch(`http://127.0.0.1:2379/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`etcd: ${path} ${key}: ${response.status} ${await response.text()}`)
}
