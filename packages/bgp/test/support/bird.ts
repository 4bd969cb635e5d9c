import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, type Namespace, output } from '@manx/testbed'

/** BIRD 2 in a namespace. */
export interface Bird {
  show(command: string): Promise<string>
}

export async function startBird(namespace: Namespace, config: string): Promise<Bird & AsyncDisposable> {
  const scratch = await mkdtemp(join(tmpdir(), 'manx-bird-'))
  const file = join(scratch, 'bird.conf')
  const socket = join(scratch, 'bird.ctl')
  await writeFile(file, config)
  const daemon = await namespace.start('bird', ['-f', '-c', file, '-s', socket])
  const show = (command: string) => output('birdc', ['-s', socket, ...command.split(' ')])
  await eventually(async () => {
    await show('show status').catch((error) => {
      throw new Error(`${error}\n${daemon.log()}`)
    })
  })
  return {
    show,
    async [Symbol.asyncDispose]() {
      await daemon.stop()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}
