import { blockName, formatPrefix, type IPAMBlock, type Prefix } from '@manx/api'
import { type Block, isEmpty } from '../block/block.ts'
import { decodeBlock, encodeBlock } from '../block/codec.ts'
import { collect } from '../block/collect.ts'
import { countWrite } from '../block/sequence-number.ts'
import { IpamError } from '../ipam-error.ts'
import type { ObjectStore } from './object-store.ts'
import { isConflict, maxTries, pause } from './retry.ts'

/**
 * A pure change of a block. It may run several times, each time on a newer block, and throws to refuse. Returning the
 * same block means that there is nothing to write.
 */
export type BlockEdit<T> = (block: Block) => { readonly block: Block; readonly result: T }

interface Waiting {
  readonly edit: BlockEdit<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly result: unknown } | { readonly error: unknown }

export interface BlockWriterOptions {
  readonly prefix: Prefix
  readonly blocks: ObjectStore<IPAMBlock>
  /** The node that writes; absent: one that may write everything of any block. */
  readonly node?: string
  readonly cooldownSeconds: () => number
  readonly now: () => number
}

/**
 * Writes one block on behalf of many. Edits that arrive while a write is under way wait and then share the next one, so
 * thirty pods that start together cost a few writes and never fight each other over the resource version.
 */
export class BlockWriter {
  readonly prefix: Prefix
  readonly #options: BlockWriterOptions
  #waiting: Waiting[] = []
  #drained: Promise<void> | undefined
  /** The object as this process last saw or wrote it: a guess that the compare-and-swap verifies. */
  #stored: IPAMBlock | undefined
  #block: Block | undefined

  constructor(options: BlockWriterOptions) {
    this.prefix = options.prefix
    this.#options = options
  }

  /** The block as last seen; may be out of date. */
  get known(): Block | undefined {
    return this.#block
  }

  /** Addresses that requests on their way count on; the allocator keeps it, so that it chooses another block in time. */
  promised = 0

  /** Takes over what somebody else read. Ignored while a write is under way, which knows better. */
  offer(stored: IPAMBlock | undefined): void {
    if (this.#drained === undefined) this.#keep(stored)
  }

  /** True when no request counts on it and nothing is being written: it can be forgotten and made again. */
  get isIdle(): boolean {
    return this.promised === 0 && this.#drained === undefined
  }

  /** Reads the block now; false when it does not exist. */
  async look(): Promise<boolean> {
    const stored = await this.#options.blocks.get(blockName(this.prefix))
    this.offer(stored)
    return stored !== undefined
  }

  /** Resolves when the edit is stored; rejects with what the edit threw, or with `BlockGone`. */
  submit<T>(edit: BlockEdit<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#waiting.push({ edit, resolve: resolve as (result: unknown) => void, reject })
    this.#drained ??= this.#drain()
    return promise
  }

  async #drain(): Promise<void> {
    // The first edit waits one turn of the event loop for others of the same burst.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(batch)
      } catch (error) {
        this.#keep(undefined)
        for (const { reject } of batch) reject(error)
      }
    }
    this.#drained = undefined
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    for (let tries = 0; tries < maxTries; tries++) {
      const live = this.#stored === undefined
      if (live) this.#keep(await this.#options.blocks.get(blockName(this.prefix)))
      if (this.#stored === undefined || this.#block === undefined) throw new BlockGone(this.prefix)
      const { block, outcomes } = apply(this.#block, batch)
      const unchanged = block === this.#block
      // A refusal, or nothing to do, that rests on a guess is checked against the truth first.
      if (!live && (unchanged || outcomes.some((outcome) => 'error' in outcome))) {
        this.#keep(undefined)
        continue
      }
      if (!unchanged && !(await this.#store(this.#stored, block))) {
        await pause(tries)
        continue
      }
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index]
        if (outcome === undefined || 'error' in outcome) reject(outcome?.error)
        else resolve(outcome.result)
      }
      return
    }
    throw new IpamError('Contention', `block ${formatPrefix(this.prefix)} was changed by others in all tries`)
  }

  /** False when somebody else wrote first; then the guess is forgotten. */
  async #store(stored: IPAMBlock, edited: Block): Promise<boolean> {
    const { blocks, now, cooldownSeconds, node } = this.#options
    const block = countWrite(collect(edited, now(), cooldownSeconds(), node))
    try {
      if (block.affinity === undefined && isEmpty(block)) {
        // As it is now, counted up: in a block that is not its own the API server lets a node make no other step.
        await blocks.remove({ ...stored, spec: encodeBlock(block) })
        this.#keep(undefined)
      } else {
        this.#keep(await blocks.update({ ...stored, spec: encodeBlock(block) }))
      }
      return true
    } catch (error) {
      this.#keep(undefined)
      if (isConflict(error)) return false
      throw error
    }
  }

  #keep(stored: IPAMBlock | undefined): void {
    this.#stored = stored
    this.#block = stored === undefined ? undefined : decodeBlock(stored.spec)
  }
}

/** The block does not exist (any more): another node reclaimed it, or its pool was deleted. */
export class BlockGone extends Error {
  constructor(prefix: Prefix) {
    super(`block ${formatPrefix(prefix)} does not exist`)
    this.name = 'BlockGone'
  }
}

function apply(start: Block, batch: readonly Waiting[]): { block: Block; outcomes: readonly Outcome[] } {
  let block = start
  const outcomes = batch.map(({ edit }): Outcome => {
    try {
      const edited = edit(block)
      block = edited.block
      return { result: edited.result }
    } catch (error) {
      return { error }
    }
  })
  return { block, outcomes }
}
