import { NetlinkError } from '../netlink-error.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import * as names from './names.ts'
import type { NftExpression, NftVerdict } from './types.ts'

const kernelNames: Readonly<Record<NftExpression['type'], string>> = {
  payload: 'payload',
  meta: 'meta',
  'set-meta': 'meta',
  ct: 'ct',
  'set-ct': 'ct',
  cmp: 'cmp',
  range: 'range',
  bitwise: 'bitwise',
  byteorder: 'byteorder',
  lookup: 'lookup',
  immediate: 'immediate',
  verdict: 'immediate',
  counter: 'counter',
  fib: 'fib',
  reject: 'reject',
  masquerade: 'masq',
  snat: 'nat',
  dnat: 'nat',
  log: 'log',
  limit: 'limit',
  connlimit: 'connlimit',
  notrack: 'notrack',
  dynset: 'dynset',
}

/** Writes a list of expressions, each as one list element. */
export function writeExpressions(writer: MessageWriter, type: number, expressions: readonly NftExpression[]): void {
  const list = writer.beginNested(type)
  for (const expression of expressions) writeExpression(writer, c.NFTA_LIST_ELEM, expression)
  writer.endNested(list)
}

export function writeExpression(writer: MessageWriter, type: number, expression: NftExpression): void {
  const element = writer.beginNested(type)
  writer.attrString(c.NFTA_EXPR_NAME, kernelNames[expression.type])
  const data = writer.beginNested(c.NFTA_EXPR_DATA)
  writeData(writer, expression)
  writer.endNested(data)
  writer.endNested(element)
}

/** A value inside an attribute of its own, as the kernel wants data. */
export function writeValue(writer: MessageWriter, type: number, value: Uint8Array): void {
  const nested = writer.beginNested(type)
  writer.attrBytes(c.NFTA_DATA_VALUE, value)
  writer.endNested(nested)
}

export function writeVerdict(writer: MessageWriter, type: number, verdict: NftVerdict): void {
  const nested = writer.beginNested(type)
  const inner = writer.beginNested(c.NFTA_DATA_VERDICT)
  writer.attrU32be(c.NFTA_VERDICT_CODE, names.verdicts.numbers[verdict.verdict] >>> 0)
  if (verdict.verdict === 'jump' || verdict.verdict === 'goto') writer.attrString(c.NFTA_VERDICT_CHAIN, verdict.chain)
  writer.endNested(inner)
  writer.endNested(nested)
}

// The attribute numbers are those of the expression's own enum in nf_tables.h, in its order.
function writeData(w: MessageWriter, e: NftExpression): void {
  switch (e.type) {
    case 'payload':
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, names.payloadBases.indexOf(e.base))
      w.attrU32be(3, e.offset)
      w.attrU32be(4, e.length)
      return
    case 'meta':
      w.attrU32be(2, names.metaKeys.numbers[e.key])
      w.attrU32be(1, e.register ?? 1)
      return
    case 'set-meta':
      w.attrU32be(2, names.metaKeys.numbers[e.key])
      w.attrU32be(3, e.register ?? 1)
      return
    case 'ct':
      w.attrU32be(2, names.ctKeys.numbers[e.key])
      w.attrU32be(1, e.register ?? 1)
      if (e.direction !== undefined) w.attrU8(3, e.direction === 'original' ? 0 : 1)
      return
    case 'set-ct':
      w.attrU32be(2, names.ctKeys.numbers[e.key])
      w.attrU32be(4, e.register ?? 1)
      return
    case 'cmp':
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, names.cmpOps.indexOf(e.op))
      writeValue(w, 3, e.value)
      return
    case 'range':
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, e.op === 'eq' ? 0 : 1)
      writeValue(w, 3, e.from)
      writeValue(w, 4, e.to)
      return
    case 'bitwise':
      if (e.mask.length !== e.xor.length) throw invalid('bitwise: mask and xor differ in length')
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, e.register ?? 1)
      w.attrU32be(3, e.mask.length)
      writeValue(w, 4, e.mask)
      writeValue(w, 5, e.xor)
      return
    case 'byteorder':
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, e.register ?? 1)
      w.attrU32be(3, e.op === 'ntoh' ? 0 : 1)
      w.attrU32be(4, e.length)
      w.attrU32be(5, e.size)
      return
    case 'lookup':
      w.attrString(1, e.set)
      w.attrU32be(2, e.register ?? 1)
      if (e.destination !== undefined) w.attrU32be(3, e.destination === 'verdict' ? c.NFT_REG_VERDICT : e.destination)
      if (e.inverted === true) w.attrU32be(5, 1)
      return
    case 'immediate':
      w.attrU32be(1, e.register ?? 1)
      writeValue(w, 2, e.value)
      return
    case 'verdict':
      w.attrU32be(1, c.NFT_REG_VERDICT)
      writeVerdict(w, 2, e.verdict)
      return
    case 'counter':
      w.attrU64be(1, e.bytes ?? 0n)
      w.attrU64be(2, e.packets ?? 0n)
      return
    case 'fib': {
      let flags = e.present === true ? names.NFTA_FIB_F_PRESENT : 0
      for (const flag of e.flags) flags |= 1 << names.fibFlags.indexOf(flag)
      w.attrU32be(1, e.register ?? 1)
      w.attrU32be(2, names.fibResults.indexOf(e.result))
      w.attrU32be(3, flags)
      return
    }
    case 'reject':
      w.attrU32be(1, e.with === 'tcp-reset' ? 1 : 2)
      if (e.with === 'icmpx') w.attrU8(2, names.icmpxCodes.indexOf(e.code))
      return
    case 'masquerade': {
      const flags = natFlags(e)
      if (flags !== 0) w.attrU32be(1, flags)
      if (e.ports !== undefined) {
        w.attrU32be(2, e.ports.from)
        w.attrU32be(3, e.ports.to ?? e.ports.from)
      }
      return
    }
    case 'snat':
    case 'dnat': {
      w.attrU32be(1, e.type === 'snat' ? 0 : 1)
      w.attrU32be(2, names.families.numbers[e.family === 4 ? 'ip' : 'ip6'])
      if (e.address !== undefined) {
        w.attrU32be(3, e.address.from)
        if (e.address.to !== undefined) w.attrU32be(4, e.address.to)
      }
      if (e.port !== undefined) {
        w.attrU32be(5, e.port.from)
        if (e.port.to !== undefined) w.attrU32be(6, e.port.to)
      }
      const flags = natFlags(e)
      if (flags !== 0) w.attrU32be(7, flags)
      return
    }
    case 'log':
      if (e.group !== undefined) w.attrU16be(1, e.group)
      if (e.prefix !== undefined) w.attrString(2, e.prefix)
      if (e.snapLength !== undefined) w.attrU32be(3, e.snapLength)
      if (e.queueThreshold !== undefined) w.attrU16be(4, e.queueThreshold)
      if (e.group === undefined) w.attrU32be(5, e.level ?? 4)
      return
    case 'limit': {
      const bytes = e.unit === 'bytes'
      w.attrU64be(1, BigInt(e.rate))
      w.attrU64be(2, BigInt(names.limitUnits[e.per]))
      // The kernel's own default for packets, written so that what is read back is what was written.
      w.attrU32be(3, e.burst ?? (bytes ? 0 : 5))
      w.attrU32be(4, bytes ? 1 : 0)
      w.attrU32be(5, e.over === true ? 1 : 0)
      return
    }
    case 'connlimit':
      w.attrU32be(1, e.count)
      w.attrU32be(2, e.over === true ? 1 : 0)
      return
    case 'notrack':
      return
    case 'dynset': {
      w.attrString(1, e.set)
      w.attrU32be(3, names.dynsetOps.indexOf(e.operation))
      w.attrU32be(4, e.register ?? 1)
      if (e.timeout !== undefined) w.attrU64be(6, BigInt(e.timeout))
      const [first, ...more] = e.expressions ?? []
      if (first !== undefined && more.length === 0) writeExpression(w, 7, first)
      else if (first !== undefined) writeExpressions(w, 10, [first, ...more])
      // NFT_DYNSET_F_EXPR: more than one expression.
      if (more.length > 0) w.attrU32be(9, 2)
      return
    }
    default:
      throw invalid(`unknown expression ${JSON.stringify((e as { type: unknown }).type)}`)
  }
}

function natFlags(options: {
  readonly random?: boolean
  readonly fullyRandom?: boolean
  readonly persistent?: boolean
}): number {
  let flags = 0
  if (options.random === true) flags |= names.NF_NAT_RANGE_PROTO_RANDOM
  if (options.fullyRandom === true) flags |= names.NF_NAT_RANGE_PROTO_RANDOM_FULLY
  if (options.persistent === true) flags |= names.NF_NAT_RANGE_PERSISTENT
  return flags
}

function invalid(request: string): NetlinkError {
  return new NetlinkError({ errno: 22, request: `nf_tables expression: ${request}` })
}
