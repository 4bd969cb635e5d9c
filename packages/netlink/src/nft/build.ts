import { ipBytes, maskIp, parseIpPrefix } from '../ip-text.ts'
import { NFT_REG32_00 } from './constants.ts'
import { compareBytes, integerBytes, protocolNumber, scalarBytes, scalarRange } from './data-types.ts'
import { fieldType, loadField, type NftField } from './fields.ts'
import { families } from './names.ts'
import { paddedLength } from './set-shape.ts'
import type { NftExpression, NftRegister, NftScalar, NftVerdict } from './types.ts'

// Builders of expressions; each gives a list to spread into a rule. In `inet` tables put `family(4)` before `ip …` fields and
// `l4proto(…)` before `th …` and `icmp …` ones, or the match reads other bytes.

const defaultRegister: NftRegister = 1

function u32(value: number): Uint8Array {
  return integerBytes(value >>> 0, 4, true)
}

function compare(value: Uint8Array, negated: boolean): NftExpression {
  return { type: 'cmp', op: negated ? 'neq' : 'eq', value, register: defaultRegister }
}

/** Packet is of this IP version (`meta nfproto`). */
export function family(version: 4 | 6): NftExpression[] {
  return match('nfproto', families.numbers[version === 4 ? 'ip' : 'ip6'])
}

/** Transport protocol by name (`tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, `udplite`, …) or number (`meta l4proto`). */
export function l4proto(protocol: string | number, negated = false): NftExpression[] {
  return match('l4proto', protocolNumber(protocol), negated)
}

/** Compares a field with a value, prefix, inclusive range (`80-90`), or interface name pattern (`cali*`). */
export function match(field: NftField, value: NftScalar, negated = false): NftExpression[] {
  const type = fieldType(field)
  const loaded = loadField(field, defaultRegister)
  if (type === 'ifname' && typeof value === 'string' && value.endsWith('*')) {
    // Only the bytes before the star: what follows in the register is not compared.
    return [loaded, compare(new TextEncoder().encode(value.slice(0, -1)), negated)]
  }
  const { from, to } = scalarRange(type, value)
  if (compareBytes(from, to) === 0) return [loaded, compare(from, negated)]
  const prefix = typeof value === 'string' ? parseIpPrefix(value) : undefined
  if (prefix !== undefined) {
    const mask = maskIp(new Uint8Array(from.length).fill(0xff), prefix.length)
    return [loaded, ...masked(mask), compare(from, negated)]
  }
  return [loaded, { type: 'range', op: negated ? 'neq' : 'eq', from, to, register: defaultRegister }]
}

function masked(mask: Uint8Array): NftExpression[] {
  return [{ type: 'bitwise', mask, xor: new Uint8Array(mask.length), register: defaultRegister }]
}

/** (field & mask) == value, or != when negated. */
export function matchMasked(
  field: 'mark' | 'ct mark' | 'ct status' | 'ct state',
  mask: number,
  value: number,
  negated = false,
): NftExpression[] {
  return [loadField(field, defaultRegister), ...masked(u32(mask)), compare(u32(value), negated)]
}

const ctStateBits = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const

/** Connection is in one of the states. */
export function ctState(...states: readonly (keyof typeof ctStateBits)[]): NftExpression[] {
  return matchMasked(
    'ct state',
    states.reduce((bits, state) => bits | ctStateBits[state], 0),
    0,
    true,
  )
}

/** Loads fields as a set's key has them: one into register 1, several side by side into 32-bit registers. */
export function loadKey(fields: NftField | readonly NftField[]): {
  readonly expressions: NftExpression[]
  readonly register: NftRegister
} {
  const list = typeof fields === 'string' ? [fields] : fields
  const [only] = list
  if (only !== undefined && list.length === 1) {
    return { expressions: [loadField(only, defaultRegister)], register: defaultRegister }
  }
  let register = NFT_REG32_00
  const expressions = list.map((field) => {
    const loaded = loadField(field, register)
    register += paddedLength(fieldType(field)) / 4
    return loaded
  })
  return { expressions, register: NFT_REG32_00 }
}

/** Looks fields (more than one: a concatenation) up in a set. */
export function inSet(fields: NftField | readonly NftField[], set: string, negated = false): NftExpression[] {
  const { expressions, register } = loadKey(fields)
  return [...expressions, { type: 'lookup', set, register, ...(negated ? { inverted: true } : {}) }]
}

/** Looks fields up in a verdict map and does what it says; goes on with the next rule when there is no element. */
export function verdictMap(fields: NftField | readonly NftField[], map: string): NftExpression[] {
  const { expressions, register } = loadKey(fields)
  return [...expressions, { type: 'lookup', set: map, register, destination: 'verdict' }]
}

/** mark = (mark & ~mask) | (value & mask). */
export function setMark(value: number, mask = 0xffffffff): NftExpression[] {
  return [...changed('mark', value, mask), { type: 'set-meta', key: 'mark', register: defaultRegister }]
}

/** ct mark = (ct mark & ~mask) | (value & mask). */
export function setCtMark(value: number, mask = 0xffffffff): NftExpression[] {
  return [...changed('ct mark', value, mask), { type: 'set-ct', key: 'mark', register: defaultRegister }]
}

function changed(field: 'mark' | 'ct mark', value: number, mask: number): NftExpression[] {
  if (mask >>> 0 === 0xffffffff) return [{ type: 'immediate', value: u32(value), register: defaultRegister }]
  return [
    loadField(field, defaultRegister),
    { type: 'bitwise', mask: u32(~mask), xor: u32(value & mask), register: defaultRegister },
  ]
}

/** RTN_* numbers of the types that rules ask for. */
const addressTypes = { unicast: 1, local: 2, broadcast: 3, multicast: 5 } as const

/** `fib daddr type local` and the like. */
export function addressType(
  address: 'saddr' | 'daddr',
  type: keyof typeof addressTypes,
  negated = false,
): NftExpression[] {
  return [
    { type: 'fib', flags: [address], result: 'type', register: defaultRegister },
    compare(u32(addressTypes[type]), negated),
  ]
}

export function verdict(value: NftVerdict): NftExpression[] {
  return [{ type: 'verdict', verdict: value }]
}

export function accept(): NftExpression[] {
  return verdict({ verdict: 'accept' })
}

export function drop(): NftExpression[] {
  return verdict({ verdict: 'drop' })
}

/** Ends the chain; goes on behind the jump. */
export function returns(): NftExpression[] {
  return verdict({ verdict: 'return' })
}

export function jump(chain: string): NftExpression[] {
  return verdict({ verdict: 'jump', chain })
}

export function goto(chain: string): NftExpression[] {
  return verdict({ verdict: 'goto', chain })
}

export function counter(): NftExpression[] {
  return [{ type: 'counter' }]
}

/** TCP reset. Needs l4proto('tcp') before. */
export function rejectTcp(): NftExpression[] {
  return [{ type: 'reject', with: 'tcp-reset' }]
}

/** ICMP or ICMPv6 unreachable, by the packet's family; for inet tables. */
export function reject(
  code: 'no-route' | 'port-unreachable' | 'host-unreachable' | 'admin-prohibited' = 'admin-prohibited',
): NftExpression[] {
  return [{ type: 'reject', with: 'icmpx', code }]
}

export function masquerade(
  options: { readonly random?: boolean; readonly fullyRandom?: boolean } = {},
): NftExpression[] {
  return [{ type: 'masquerade', ...options }]
}

/** Source NAT to one address. */
export function snat(address: string, options: { readonly fullyRandom?: boolean } = {}): NftExpression[] {
  const value = ipBytes(address, 'snat')
  return [
    { type: 'immediate', value, register: defaultRegister },
    { type: 'snat', family: value.length === 4 ? 4 : 6, address: { from: defaultRegister }, ...options },
  ]
}

/** Destination NAT to one address, and port if given. */
export function dnat(address: string, port?: number): NftExpression[] {
  const value = ipBytes(address, 'dnat')
  const loads: NftExpression[] = [{ type: 'immediate', value, register: defaultRegister }]
  if (port !== undefined) loads.push({ type: 'immediate', value: scalarBytes('inet_service', port), register: 2 })
  return [
    ...loads,
    {
      type: 'dnat',
      family: value.length === 4 ? 4 : 6,
      address: { from: defaultRegister },
      ...(port === undefined ? {} : { port: { from: 2 } }),
    },
  ]
}

export function notrack(): NftExpression[] {
  return [{ type: 'notrack' }]
}

/** Puts a field into a register. */
export function load(field: NftField, register: NftRegister = defaultRegister): NftExpression[] {
  return [loadField(field, register)]
}

/** Bytes of a field's value as a register has them, for `cmp` and `immediate`. */
export function valueBytes(field: NftField, value: NftScalar): Uint8Array {
  return scalarBytes(fieldType(field), value)
}
