import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { eventually, skipReason, startDaemon } from '@manx/testbed'
import { compilePipe } from '../support/compile-pipe.ts'
import { Harness } from '../support/harness.ts'

const reason = skipReason({ root: true, commands: ['ip', 'cc', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip
const stuckAgent = fileURLToPath(new URL('../support/stuck-agent.ts', import.meta.url))

suite(`an agent that is killed in the middle of ADD${reason === undefined ? '' : ` (${reason})`}`, () => {
  let pipe: { folder: string; path: string }
  beforeAll(async () => {
    pipe = await compilePipe()
  })
  afterAll(() => rmSync(pipe.folder, { recursive: true }))

  /** A pod whose interface is there when its agent dies. */
  const crash = async (harness: Harness) => {
    await harness.stop()
    const { node } = harness
    const agent = await startDaemon(process.execPath, [
      stuckAgent,
      harness.host.path,
      node.socketPath,
      node.journalFolder,
    ])
    await eventually(() => expect(agent.log()).toContain('serving'), { timeout: 20_000 })
    const sandbox = await harness.sandbox()
    const call = { containerId: 'c1', pod: 'web', namespace: sandbox.path }
    const answer = harness.fail('ADD', call)
    await eventually(() => expect(agent.log()).toContain('plumbed'))
    await agent.stop('SIGKILL')
    expect(await answer).toMatchObject({ code: 11, msg: 'the node agent ended before it answered' })
    expect(await harness.hostInterfaces()).toHaveLength(1)
    // What the dead agent had taken from IPAM.
    node.assigned.set('k8s-pod-network.c1', ['10.77.0.1'])
    await harness.start()
    return call
  }
  const nothingIsLeft = async (harness: Harness) => {
    expect(await harness.hostInterfaces()).toEqual([])
    expect(harness.node.assigned.size).toBe(0)
    expect(readdirSync(harness.node.journalFolder)).toEqual([])
  }

  test('leaves nothing after its DEL', async () => {
    await using harness = await Harness.create([pipe.path, []])
    await harness.succeed('DEL', await crash(harness))
    await nothingIsLeft(harness)
  })

  test('leaves nothing after the next start, when no DEL comes', async () => {
    await using harness = await Harness.create([pipe.path, []])
    await crash(harness)
    expect(harness.handlers.attachments()).toEqual([])
    await harness.handlers.recover()
    await nothingIsLeft(harness)
  })

  test('can be followed by an ADD of the same sandbox', async () => {
    await using harness = await Harness.create([pipe.path, []])
    const call = await crash(harness)
    harness.node.addPod('default/web')
    await harness.succeed('ADD', call)
    expect(harness.node.programmed.size).toBe(1)
    await harness.succeed('DEL', call)
    await nothingIsLeft(harness)
  })
})
