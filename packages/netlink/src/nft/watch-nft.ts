import type { NftFamily } from './types.ts'

/** One transaction of somebody in the namespace, or lost events. */
export type NftEvent =
  | {
      readonly type: 'changed'
      readonly generation: number
      /** Process id and name of who committed it, as the kernel tells. */
      readonly pid: number
      readonly process: string
      /** `family name` of each table that was touched. */
      readonly tables: readonly { readonly family: NftFamily; readonly name: string }[]
    }
  | { readonly type: 'overrun' }

export interface NftWatchOptions {
  readonly namespace?: string
  /** Socket receive buffer in bytes; default 8 MiB. */
  readonly receiveBuffer?: number
}

export interface NftWatch extends Disposable {
  close(): void
  unref(): void
}

/** Reports each nf_tables transaction in a namespace, one's own too (compare pid with process.pid). */
export function watchNft(_options: NftWatchOptions, _listener: (event: NftEvent) => void): NftWatch {
  throw new Error('not there yet')
}
