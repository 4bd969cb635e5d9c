export type IpamErrorCode =
  /** No pool may serve the request. */
  | 'NoPool'
  /** The pools that may serve the request have no address left that this node may take. */
  | 'Exhausted'
  /** The node has as many blocks as IPAMConfiguration allows, all full. */
  | 'BlockLimit'
  /** The address asked for is in use or cools down. */
  | 'AddressInUse'
  /** No enabled pool contains the address asked for. */
  | 'AddressOutsidePools'
  /** The block of the address asked for belongs to another node, and strictAffinity forbids to borrow. */
  | 'OtherNode'
  /** An address or pool name in the request cannot be understood. */
  | 'InvalidRequest'
  /** The address is meanwhile held by somebody else, or a block by another node. */
  | 'Reassigned'
  /** Under the name of the node's claim on a block there is a claim of another node, or on another block. */
  | 'NameTaken'
  /** A block was asked to be released only when empty, and is not. */
  | 'NotEmpty'
  /** ClusterInformation says that the datastore is not ready: nothing may be written. */
  | 'Locked'
  /** A stored object cannot be understood. */
  | 'Malformed'
  /** Others kept changing the object for all retries. */
  | 'Contention'

/** A pool that was looked at, and why it served nothing. */
export interface PoolFinding {
  readonly pool: string
  readonly reason: string
}

/** Why addresses could not be assigned or released; `pools` says what was looked at. */
export class IpamError extends Error {
  readonly code: IpamErrorCode
  readonly pools: readonly PoolFinding[]

  constructor(
    code: IpamErrorCode,
    message: string,
    options: { readonly pools?: readonly PoolFinding[]; readonly cause?: unknown } = {},
  ) {
    const pools = options.pools ?? []
    const looked = pools.map(({ pool, reason }) => `${pool}: ${reason}`).join('; ')
    super(looked === '' ? message : `${message} (${looked})`, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'IpamError'
    this.code = code
    this.pools = pools
  }
}
