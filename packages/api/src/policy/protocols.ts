import type { ProtocolNumber } from './model.ts'

/** The protocols of Kubernetes' ports. */
export const protocolNumbers: ReadonlyMap<string, ProtocolNumber> = new Map([
  ['TCP', 6],
  ['UDP', 17],
  ['SCTP', 132],
])
