import { addressAt, type Family, formatAddress, formatPrefix } from '@manx/api'
import { hostAffinity } from '../block/block.ts'
import { release } from '../block/release.ts'
import { BlockGone, type BlockWriter } from '../datastore/block-writer.ts'
import type { HandleCounts, Handles } from '../datastore/handles.ts'
import { maxTries } from '../datastore/retry.ts'
import { IpamError } from '../ipam-error.ts'
import { type AssignEditOptions, assignEdit, type Place } from './assign-edit.ts'
import type { ChosenBlock } from './block-chooser.ts'
import type { Assignment, AssignRequest } from './request.ts'

export interface AllocatorOptions {
  readonly node: string
  readonly handles: Handles
  readonly now: () => number
}

/** Where one address of a request is to come from; asked again, with what was tried, when a block disappoints. */
export interface Wish {
  readonly family: Family
  /** This very address of the block; absent: the next free one. */
  readonly ordinal?: number
  choose(tried: ReadonlySet<BlockWriter>): Promise<ChosenBlock>
}

interface Taken {
  readonly assignment: Assignment
  readonly chosen: ChosenBlock
  readonly place: Place
}

/** Takes the addresses that a request wishes for, all or none. */
export class Allocator {
  readonly #options: AllocatorOptions

  constructor(options: AllocatorOptions) {
    this.#options = options
  }

  async take(request: AssignRequest, wishes: readonly Wish[]): Promise<Assignment[]> {
    const { handles } = this.#options
    const first = await allOrNone(
      wishes.map((wish) => wish.choose(new Set())),
      async (chosen) => chosen.done(),
    )
    const counted = first.map(({ writer }) => formatPrefix(writer.prefix))
    try {
      // One write for all families; before the blocks, see Handles.
      await handles.change(request.handle, counts(counted, 1), request.signal)
    } catch (error) {
      for (const chosen of first) chosen.done()
      throw error
    }
    const taken = await allOrNone(
      wishes.map((wish, index) => this.#takeOne(request, wish, first[index])),
      (one) => this.#giveBack(request, one),
    )
    return taken.map(({ assignment }) => assignment)
  }

  /** The first choice is counted in the handle already; each further one is counted in place of the one before. */
  async #takeOne(request: AssignRequest, wish: Wish, first: ChosenBlock | undefined): Promise<Taken> {
    const { handles } = this.#options
    const tried = new Set<BlockWriter>()
    let counted: string | undefined
    let chosen = first
    try {
      for (let tries = 0; tries < maxTries; tries++) {
        chosen ??= await wish.choose(tried)
        const block = formatPrefix(chosen.writer.prefix)
        if (counted !== undefined) await handles.change(request.handle, { [counted]: -1, [block]: 1 }, request.signal)
        counted = block
        const place = await this.#write(request, wish, chosen)
        if (place !== undefined) return this.#taken(chosen, place)
        tried.add(chosen.writer)
        chosen = undefined
      }
      throw new IpamError('Contention', `every block chosen for ${request.handle} was full when it was written`)
    } catch (error) {
      chosen?.done()
      // After a write whose outcome nobody knows the count stays, so that a release by handle looks into the block.
      const known = error instanceof IpamError
      if (known && counted !== undefined) await handles.change(request.handle, { [counted]: -1 }).catch(() => undefined)
      throw error
    }
  }

  async #write(request: AssignRequest, wish: Wish, chosen: ChosenBlock): Promise<Place | undefined> {
    const { writer, reservations, settings, borrowed } = chosen
    const edit: AssignEditOptions = {
      attributes: { handle: request.handle, owner: request.attributes },
      node: this.#options.node,
      ...(borrowed ? {} : { affinity: hostAffinity(this.#options.node) }),
      ...(wish.ordinal === undefined ? { skip: reservations.within(writer.prefix) } : { ordinal: wish.ordinal }),
      now: this.#options.now,
      cooldownSeconds: settings.cooldownSeconds,
    }
    try {
      return await writer.submit(assignEdit(edit))
    } catch (error) {
      if (error instanceof BlockGone) return undefined
      throw error
    } finally {
      chosen.done()
    }
  }

  #taken(chosen: ChosenBlock, place: Place): Taken {
    const { prefix } = chosen.writer
    const address = addressAt(prefix, place.ordinal)
    if (address === undefined) throw new Error(`ordinal ${place.ordinal} is outside ${formatPrefix(prefix)}`)
    return {
      chosen,
      place,
      assignment: {
        family: prefix.family,
        address: formatAddress(address),
        block: formatPrefix(prefix),
        pool: chosen.pool.name,
        sequenceNumber: place.sequenceNumber,
      },
    }
  }

  async #giveBack(request: AssignRequest, { chosen, place, assignment }: Taken): Promise<void> {
    const { node, now } = this.#options
    const options = { now: now(), cooldownSeconds: chosen.settings.cooldownSeconds, writer: node }
    await chosen.writer.submit((block) => {
      const released = release(block, [{ ...place, handle: request.handle }], options)
      return { block: released.block, result: undefined }
    })
    await this.#options.handles.change(request.handle, { [assignment.block]: -1 })
  }
}

function counts(blocks: readonly string[], change: number): HandleCounts {
  const total: Record<string, number> = {}
  for (const block of blocks) total[block] = (total[block] ?? 0) + change
  return total
}

/** Waits for all; when one fails, undoes the others and throws the first error. A failing undo is left to the release by handle. */
async function allOrNone<T>(promises: readonly Promise<T>[], undo: (done: T) => Promise<void>): Promise<T[]> {
  const results = await Promise.allSettled(promises)
  const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure === undefined) return done
  await Promise.allSettled(done.map(undo))
  throw failure.reason
}
