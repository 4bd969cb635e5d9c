import type { Delta } from '../calc/delta.ts'

export interface ApplyOptions {
  /** Remove what is in the kernel and was never wanted. */
  readonly sweep: boolean
}

/** Brings one part of the kernel to what the deltas say. Its methods are called from one loop, never at the same time. */
export interface Driver {
  readonly name: string
  /** While it fails those after it must not run. */
  readonly gates: boolean
  /** Takes a change in; no I/O. */
  accept(delta: Delta): void
  /** Something may have changed the kernel: the next apply reads it first. */
  invalidate(): void
  /** Does everything that is pending and can be done now. Rejects when something failed that should be tried again. */
  apply(options: ApplyOptions): Promise<void>
  /** True when the kernel holds under this key what it should. */
  settled(key: string): boolean
}
