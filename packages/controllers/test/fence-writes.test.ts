import { expect, test } from '@jest/globals'
import type { KubernetesClient } from '@manx/api'
import { fenceWrites } from '../src/leading/fence-writes.ts'

const writing = ['create', 'update', 'updateStatus', 'apply', 'patch', 'patchStatus', 'delete'] as const
const reading = ['get', 'list', 'listPages', 'watch', 'read'] as const

test('no write is sent without the Lease, and every read is', async () => {
  const sent: string[] = []
  const note = (name: string) => () => {
    sent.push(name)
    return Promise.resolve()
  }
  const names = [...writing, ...reading]
  const client = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as KubernetesClient
  let holds = false
  const fenced = fenceWrites(client, () => holds)
  const call = async (name: (typeof names)[number]) => (fenced[name] as () => unknown)()
  for (const name of writing) await expect(call(name)).rejects.toMatchObject({ code: 'NotLeading' })
  for (const name of reading) await call(name)
  expect(sent).toEqual(reading)
  holds = true
  for (const name of writing) await call(name)
  expect(sent).toEqual([...reading, ...writing])
})
