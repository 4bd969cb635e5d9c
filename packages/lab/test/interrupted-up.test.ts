import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { run, skipReason } from '@manx/testbed'
import { ensureComponents, labPrograms } from '../src/components/index.ts'
import { labFolder, labsFolder } from '../src/host/lab-folder.ts'
import { neededCommands } from '../src/host/prerequisites.ts'
import { findLab, isGone } from '../src/host/remove-lab.ts'
import { namespaceName } from '../src/plan/lab-plan.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const reason = skipReason({ root: true, commands: neededCommands })
const newName = () => `ti-${randomBytes(3).toString('hex')}`

/** Starts `up`, sends the signal once the lab has come as far as `reached` says, and returns the exit code. */
async function interrupt(
  name: string,
  signal: NodeJS.Signals,
  reached: () => Promise<boolean>,
): Promise<number | null> {
  const up = spawn(process.execPath, [main, 'up', '--name', name, '--no-manx', '--nodes', '2'], { stdio: 'ignore' })
  const ended = once(up, 'exit') as Promise<[number | null]>
  while (up.exitCode === null && !(await reached())) await sleep(5)
  up.kill(signal)
  return (await ended)[0]
}

/** Fails with what is left. */
async function expectGone(name: string): Promise<void> {
  const remains = await findLab(name)
  if (!isGone(remains)) expect(remains).toEqual({})
}

const daemonRuns = (name: string, daemon: string) => async () =>
  (await findLab(name)).processes.some((process) => process.daemon === daemon)

;(reason === undefined ? describe : describe.skip)(
  `an 'up' that ends early${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    test.each([
      ['the name is taken', (name: string) => async () => (await findLab(name)).folder],
      ['namespaces are being made', (name: string) => async () => (await findLab(name)).namespaces.length > 2],
      ['etcd runs', (name: string) => daemonRuns(name, 'etcd')],
      ['a node is being mounted', (name: string) => daemonRuns(name, 'holder.node1')],
      ['a kubelet runs', (name: string) => daemonRuns(name, 'kubelet.node2')],
    ])(
      'killed when %s, leaves nothing that down does not remove',
      async (_, reached) => {
        await ensureComponents({ names: labPrograms })
        const name = newName()
        await interrupt(name, 'SIGKILL', reached(name))
        const { code, stderr } = await run(process.execPath, [main, 'down', '--name', name])
        expect({ code, stderr }).toMatchObject({ code: 0 })
        await expectGone(name)
      },
      120_000,
    )

    test('Ctrl-C ends it with 130 and keeps what was made until down', async () => {
      const name = newName()
      const code = await interrupt(name, 'SIGINT', daemonRuns(name, 'kube-apiserver'))
      expect(code).toBe(130)
      expect((await findLab(name)).folder).toBe(true)
      await run(process.execPath, [main, 'down', '--name', name])
      await expectGone(name)
    }, 120_000)

    test('down ends an up that still runs', async () => {
      const name = newName()
      const up = spawn(process.execPath, [main, 'up', '--name', name, '--no-manx'], { stdio: 'ignore' })
      const ended = once(up, 'exit')
      while (!(await daemonRuns(name, 'etcd')())) await sleep(20)
      await run(process.execPath, [main, 'down', '--name', name])
      await ended
      await expectGone(name)
    }, 120_000)

    test('a namespace and a folder without any state are removed, those of a lab with a longer name are not', async () => {
      const [name, other] = [newName(), newName()]
      const longer = `${name}-x`
      for (const lab of [name, longer, other]) {
        await run('ip', ['netns', 'add', namespaceName(lab, 'spine')])
        await mkdir(labFolder(lab).path, { recursive: true })
      }
      await run(process.execPath, [main, 'down', '--name', name])
      await expectGone(name)
      expect((await findLab(longer)).namespaces).toHaveLength(1)
      for (const lab of [longer, other]) await run(process.execPath, [main, 'down', '--name', lab])
      const left = await readdir(labsFolder).catch(() => [])
      expect(left.filter((lab) => [name, longer, other].includes(lab))).toEqual([])
    })
  },
)
