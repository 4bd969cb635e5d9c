import type { Document } from 'yaml'
import { Positions } from './positions.ts'
import type { Chunk } from './split-documents.ts'

/** The positions of the documents that were looked at last; those of others are found by parsing them again. */
export interface PositionsKeeper {
  /** Keeps what is parsed already. */
  keep(chunk: Chunk, documents: readonly Document[]): void
  /** Undefined when the text has no such document. */
  find(chunk: Chunk, index: number): Positions | undefined
}

/** Documents whose positions are kept: that which is looked at, those that it has to do with, and the largest. */
const mostKept = 8

/**
 * Positions are wanted for few documents, and all of them take ten times the room of the values. Of those that are kept the one
 * that was not wanted for the longest time goes, but not the largest: to parse that once more for each of many items takes ages.
 */
export function keepPositions(parse: (text: string) => readonly Document[]): PositionsKeeper {
  // In the order in which they were wanted.
  const kept = new Map<Chunk, readonly Positions[]>()
  const put = (chunk: Chunk, positions: readonly Positions[]) => {
    kept.delete(chunk)
    kept.set(chunk, positions)
    if (kept.size <= mostKept) return
    const largest = [...kept.keys()].reduce((a, b) => (b.text.length > a.text.length ? b : a))
    for (const oldest of kept.keys()) {
      if (oldest === largest) continue
      kept.delete(oldest)
      return
    }
  }
  const positionsOf = (documents: readonly Document[]) => documents.map((document) => new Positions(document))
  return {
    keep: (chunk, documents) => put(chunk, positionsOf(documents)),
    find(chunk, index) {
      const positions = kept.get(chunk) ?? positionsOf(parse(chunk.text))
      put(chunk, positions)
      return positions[index]
    },
  }
}
