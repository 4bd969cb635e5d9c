import type { Attributes } from '../wire/message-reader.ts'
import * as c from './constants.ts'
import * as names from './names.ts'
import type { NftExpression, NftVerdict } from './types.ts'

type Value = number | bigint | string | Uint8Array | NftVerdict

/** Attributes of one expression by number, each read when asked for. */
class Fields {
  readonly #found = new Map<number, Attributes>()

  constructor(attributes: Attributes) {
    while (attributes.next()) this.#found.set(attributes.type, attributes.copy())
  }

  has(type: number): boolean {
    return this.#found.has(type)
  }

  u8(type: number): number {
    return this.#found.get(type)?.u8() ?? 0
  }

  u16(type: number): number {
    return this.#found.get(type)?.u16be() ?? 0
  }

  u32(type: number): number {
    return this.#found.get(type)?.u32be() ?? 0
  }

  u64(type: number): bigint {
    return this.#found.get(type)?.u64be() ?? 0n
  }

  string(type: number): string {
    return this.#found.get(type)?.string() ?? ''
  }

  nested(type: number): Attributes | undefined {
    return this.#found.get(type)?.nested()
  }

  value(type: number): Uint8Array {
    const data = this.nested(type)
    while (data?.next() === true) if (data.type === c.NFTA_DATA_VALUE) return data.bytes()
    return new Uint8Array()
  }
}

/** Reads a list of expressions; kinds that are not known here are named in `unknown`. */
export function readExpressions(list: Attributes): { expressions: NftExpression[]; unknown: string[] } {
  const expressions: NftExpression[] = []
  const unknown: string[] = []
  while (list.next()) {
    if (list.type !== c.NFTA_LIST_ELEM) continue
    const { name, expression } = readExpression(list.nested())
    if (expression === undefined) unknown.push(name)
    else expressions.push(expression)
  }
  return { expressions, unknown }
}

function readExpression(attributes: Attributes): { name: string; expression: NftExpression | undefined } {
  let name = ''
  let fields: Fields | undefined
  while (attributes.next()) {
    if (attributes.type === c.NFTA_EXPR_NAME) name = attributes.string()
    else if (attributes.type === c.NFTA_EXPR_DATA) fields = new Fields(attributes.nested())
  }
  return { name, expression: decode(name, fields ?? new Fields(attributes.nested().upTo(0))) }
}

/** The verdict in a data attribute; undefined when it holds a value. */
export function readVerdict(data: Attributes): NftVerdict | undefined {
  while (data.next()) {
    if (data.type !== c.NFTA_DATA_VERDICT) continue
    const fields = new Fields(data.nested())
    const verdict = names.verdicts.name(fields.u32(c.NFTA_VERDICT_CODE) | 0)
    if (verdict === undefined) return undefined
    return verdict === 'jump' || verdict === 'goto'
      ? { verdict, chain: fields.string(c.NFTA_VERDICT_CHAIN) }
      : { verdict }
  }
  return undefined
}

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants it. */
function optional<K extends string, T extends Value | boolean>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}

function decode(name: string, f: Fields): NftExpression | undefined {
  switch (name) {
    case 'payload': {
      const base = names.payloadBases[f.u32(2)]
      // With a source register it writes to the packet: not ours.
      if (base === undefined || f.has(5)) return undefined
      return { type: 'payload', base, offset: f.u32(3), length: f.u32(4), register: f.u32(1) }
    }
    case 'meta': {
      const key = names.metaKeys.name(f.u32(2))
      if (key === undefined) return undefined
      if (f.has(3)) {
        if (key !== 'mark' && key !== 'priority' && key !== 'nftrace') return undefined
        return { type: 'set-meta', key, register: f.u32(3) }
      }
      return key === 'priority' || key === 'nftrace' ? undefined : { type: 'meta', key, register: f.u32(1) }
    }
    case 'ct': {
      const key = names.ctKeys.name(f.u32(2))
      if (key === undefined) return undefined
      if (f.has(4)) return key === 'mark' || key === 'zone' ? { type: 'set-ct', key, register: f.u32(4) } : undefined
      const direction = f.has(3) ? (f.u8(3) === 0 ? 'original' : 'reply') : undefined
      return { type: 'ct', key, register: f.u32(1), ...(direction === undefined ? {} : { direction }) }
    }
    case 'cmp': {
      const op = names.cmpOps[f.u32(2)]
      return op && { type: 'cmp', op, value: f.value(3), register: f.u32(1) }
    }
    case 'range':
      return { type: 'range', op: f.u32(2) === 0 ? 'eq' : 'neq', from: f.value(3), to: f.value(4), register: f.u32(1) }
    case 'bitwise':
      // Shifts, and operations from one register to another, are not ours.
      if (f.u32(6) !== 0 || f.u32(1) !== f.u32(2)) return undefined
      return { type: 'bitwise', mask: f.value(4), xor: f.value(5), register: f.u32(1) }
    case 'byteorder': {
      const size = f.u32(5)
      if ((size !== 2 && size !== 4 && size !== 8) || f.u32(1) !== f.u32(2)) return undefined
      return { type: 'byteorder', op: f.u32(3) === 0 ? 'ntoh' : 'hton', length: f.u32(4), size, register: f.u32(1) }
    }
    case 'lookup': {
      const destination = f.has(3) ? (f.u32(3) === c.NFT_REG_VERDICT ? 'verdict' : f.u32(3)) : undefined
      return {
        type: 'lookup',
        set: f.string(1),
        register: f.u32(2),
        ...(destination === undefined ? {} : { destination }),
        ...((f.u32(5) & 1) === 0 ? {} : { inverted: true }),
      }
    }
    case 'immediate': {
      if (f.u32(1) !== c.NFT_REG_VERDICT) return { type: 'immediate', value: f.value(2), register: f.u32(1) }
      const data = f.nested(2)
      const verdict = data && readVerdict(data)
      return verdict && { type: 'verdict', verdict }
    }
    case 'counter':
      return { type: 'counter', bytes: f.u64(1), packets: f.u64(2) }
    case 'fib': {
      const result = names.fibResults[f.u32(2)]
      if (result === undefined) return undefined
      const bits = f.u32(3)
      const flags = names.fibFlags.filter((_, i) => (bits & (1 << i)) !== 0)
      const present = (bits & names.NFTA_FIB_F_PRESENT) !== 0
      return { type: 'fib', result, flags, register: f.u32(1), ...(present ? { present } : {}) }
    }
    case 'reject': {
      if (f.u32(1) === 1) return { type: 'reject', with: 'tcp-reset' }
      const code = names.icmpxCodes[f.u8(2)]
      return f.u32(1) === 2 && code !== undefined ? { type: 'reject', with: 'icmpx', code } : undefined
    }
    case 'masq':
      return {
        type: 'masquerade',
        ...natFlags(f.u32(1)),
        ...(f.has(2) ? { ports: registers(f, 2, 3) } : {}),
      }
    case 'nat': {
      const family = names.families.name(f.u32(2))
      if (family !== 'ip' && family !== 'ip6') return undefined
      return {
        type: f.u32(1) === 0 ? 'snat' : 'dnat',
        family: family === 'ip' ? 4 : 6,
        ...(f.has(3) ? { address: registers(f, 3, 4) } : {}),
        ...(f.has(5) ? { port: registers(f, 5, 6) } : {}),
        ...natFlags(f.u32(7)),
      }
    }
    case 'log':
      return {
        type: 'log',
        ...optional('group', f.has(1) ? f.u16(1) : undefined),
        ...optional('prefix', f.has(2) ? f.string(2) : undefined),
        ...optional('snapLength', f.has(3) ? f.u32(3) : undefined),
        ...optional('queueThreshold', f.has(4) ? f.u16(4) : undefined),
        ...optional('level', f.has(5) ? f.u32(5) : undefined),
      }
    case 'limit': {
      const seconds = Number(f.u64(2))
      const per = (Object.keys(names.limitUnits) as (keyof typeof names.limitUnits)[]).find(
        (unit) => names.limitUnits[unit] === seconds,
      )
      if (per === undefined) return undefined
      return {
        type: 'limit',
        rate: Number(f.u64(1)),
        per,
        burst: f.u32(3),
        unit: f.u32(4) === 1 ? 'bytes' : 'packets',
        ...((f.u32(5) & 1) === 0 ? {} : { over: true }),
      }
    }
    case 'connlimit':
      return { type: 'connlimit', count: f.u32(1), ...((f.u32(2) & 1) === 0 ? {} : { over: true }) }
    case 'notrack':
      return { type: 'notrack' }
    case 'dynset': {
      const operation = names.dynsetOps[f.u32(3)]
      // A map's data register is not ours.
      if (operation === undefined || f.has(5)) return undefined
      const inner = readDynsetExpressions(f)
      if (inner === undefined) return undefined
      return {
        type: 'dynset',
        set: f.string(1),
        operation,
        register: f.u32(4),
        ...optional('timeout', f.has(6) ? Number(f.u64(6)) : undefined),
        ...(inner.length === 0 ? {} : { expressions: inner }),
      }
    }
    default:
      return undefined
  }
}

function readDynsetExpressions(f: Fields): NftExpression[] | undefined {
  const single = f.nested(7)
  if (single !== undefined) {
    const { expression } = readExpression(single)
    return expression && [expression]
  }
  const list = f.nested(10)
  if (list === undefined) return []
  const { expressions, unknown } = readExpressions(list)
  return unknown.length === 0 ? expressions : undefined
}

function registers(f: Fields, from: number, to: number): { from: number; to?: number } {
  return { from: f.u32(from), ...(f.has(to) && f.u32(to) !== f.u32(from) ? { to: f.u32(to) } : {}) }
}

function natFlags(bits: number): { random?: boolean; fullyRandom?: boolean; persistent?: boolean } {
  return {
    ...((bits & names.NF_NAT_RANGE_PROTO_RANDOM) === 0 ? {} : { random: true }),
    ...((bits & names.NF_NAT_RANGE_PROTO_RANDOM_FULLY) === 0 ? {} : { fullyRandom: true }),
    ...((bits & names.NF_NAT_RANGE_PERSISTENT) === 0 ? {} : { persistent: true }),
  }
}
