import { handleName, handleNode, type IPAMHandle, type New } from '@manx/api'
import type { ObjectStore } from './object-store.ts'
import { isConflict, retryConflicts } from './retry.ts'

/** How many addresses of which block (CIDR text) a handle holds. */
export type HandleCounts = Readonly<Record<string, number>>

/**
 * The handles: which blocks to look into when a workload goes. A count goes up before its block is written and down
 * after, so that a crash in between leaves a handle that points at too much, never an address that no handle points at.
 */
export class Handles {
  readonly #objects: ObjectStore<IPAMHandle>
  readonly #node: string | undefined

  /** New handles are the node's; without a node, nobody's. */
  constructor(objects: ObjectStore<IPAMHandle>, node?: string) {
    this.#objects = objects
    this.#node = node
  }

  get(handle: string, signal?: AbortSignal): Promise<IPAMHandle | undefined> {
    return this.#objects.get(handleName(handle), signal)
  }

  /** Takes away all that the handle counted when it was read; what was added meanwhile stays. */
  async clear(read: IPAMHandle, signal?: AbortSignal): Promise<void> {
    try {
      await this.#objects.remove(read, signal)
    } catch (error) {
      if (!isConflict(error)) throw error
      const counted = Object.entries(read.spec.block).map(([block, count]) => [block, -count])
      await this.change(read.spec.handleID, Object.fromEntries(counted), signal)
    }
  }

  /** Adds to the counts, and takes away where a number is negative; a handle that holds nothing is removed. */
  async change(handle: string, changes: HandleCounts, signal?: AbortSignal): Promise<void> {
    await retryConflicts(
      `IPAMHandle ${handleName(handle)}`,
      async (tries) => {
        // Nearly always the handle is new, so the first try creates without looking.
        const isNew = tries === 0 && Object.values(changes).some((count) => count > 0)
        const stored = isNew ? undefined : await this.#objects.get(handleName(handle), signal)
        if (stored === undefined) {
          const created = newHandle(handle, changes, this.#node)
          if (Object.keys(created.spec.block).length > 0) await this.#objects.create(created, signal)
          return
        }
        const block = sum(stored.spec.block, changes)
        if (Object.keys(block).length === 0) await this.#objects.remove(stored, signal)
        else await this.#objects.update({ ...stored, spec: { ...stored.spec, block } }, signal)
      },
      signal,
    )
  }
}

function newHandle(handle: string, counts: HandleCounts, node: string | undefined): New<IPAMHandle> {
  return {
    metadata: { name: handleName(handle), ...(node === undefined ? {} : { annotations: { [handleNode]: node } }) },
    spec: { handleID: handle, block: sum({}, counts), deleted: false },
  }
}

function sum(counts: HandleCounts, changes: HandleCounts): Record<string, number> {
  const total: Record<string, number> = { ...counts }
  for (const [block, change] of Object.entries(changes)) {
    const count = (total[block] ?? 0) + change
    if (count > 0) total[block] = count
    else delete total[block]
  }
  return total
}
