import { readdirSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals'
import { type Namespace, skipReason } from '@manx/testbed'
import { compilePipe } from './compile-pipe.ts'
import { type CallOptions, Harness, type Result } from './harness.ts'

const reason = skipReason({ root: true, commands: ['ip', 'cc', 'ping', 'nsenter'] })

/** A suite that needs namespaces, and says why it is skipped without. */
export function kernelSuite(name: string, tests: () => void): void {
  if (reason === undefined) describe(name, tests)
  else describe.skip(`${name} (${reason})`, tests)
}

export interface Attached {
  readonly sandbox: Namespace
  readonly call: CallOptions
  readonly result: Result
}

/** A fresh node for each test of the file, behind the compiled executable. */
export class Fixture {
  #pipe = { folder: '', path: '' }
  #harness: Harness | undefined

  constructor() {
    beforeAll(async () => {
      if (reason === undefined) this.#pipe = await compilePipe()
    })
    afterAll(() => {
      if (reason === undefined) rmSync(this.#pipe.folder, { recursive: true })
    })
    beforeEach(async () => {
      this.#harness = await Harness.create([this.#pipe.path, []])
    })
    afterEach(async () => {
      await this.#harness?.[Symbol.asyncDispose]()
    })
  }

  get pipe(): string {
    return this.#pipe.path
  }

  get harness(): Harness {
    if (this.#harness === undefined) throw new Error('only inside of a test')
    return this.#harness
  }

  /** Adds a pod, with a sandbox of its own. */
  async add(containerId = 'c1', pod = 'web', options: Partial<CallOptions> = {}): Promise<Attached> {
    const { harness } = this
    if (!harness.node.podFacts.has(`default/${pod}`)) harness.node.addPod(`default/${pod}`)
    const sandbox = await harness.sandbox()
    const call = { containerId, pod, namespace: sandbox.path, ...options }
    return { sandbox, call, result: await harness.succeed('ADD', call) }
  }

  async nothingIsLeft(): Promise<void> {
    const { harness } = this
    expect(await harness.hostInterfaces()).toEqual([])
    expect(harness.node.assigned).toEqual(new Map())
    expect(harness.node.programmed).toEqual(new Map())
    expect(readdirSync(harness.node.journalFolder)).toEqual([])
  }
}
