import { NetlinkError } from '../netlink-error.ts'
import { hostLittleEndian } from '../syscalls.ts'
import type { Attributes, MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import { typeByteOrder, typeLength, typeNumber, typesOfNumber } from './data-types.ts'
import { readExpressions } from './decode-expression.ts'
import { writeExpression, writeExpressions } from './encode-expression.ts'
import { families, hooks, verdicts } from './names.ts'
import { refuseChainedLookups } from './refuse-chained-lookups.ts'
import { keyLength, type SetShape, setShape } from './set-shape.ts'
import type { NftChain, NftFamily, NftRule, NftRuleEntry, NftSet, NftTable, NftTableEntry, NftType } from './types.ts'

/** Length of struct nfgenmsg. */
export const genericHeader = 4
/** Longest rule comment in bytes; nft's own limit. */
const maxComment = 127

export function writeTable(writer: MessageWriter, table: NftTable): void {
  writer.attrString(c.NFTA_TABLE_NAME, table.name)
}

/** Without flags the kernel leaves a table that is there as it is. */
export function writeAwakeTable(writer: MessageWriter, table: NftTable): void {
  writeTable(writer, table)
  writer.attrU32be(c.NFTA_TABLE_FLAGS, 0)
}

export function writeChainName(writer: MessageWriter, chain: Pick<NftChain, 'table' | 'name'>): void {
  writer.attrString(c.NFTA_CHAIN_TABLE, chain.table.name)
  writer.attrString(c.NFTA_CHAIN_NAME, chain.name)
}

export function writeChain(writer: MessageWriter, chain: NftChain): void {
  writeChainName(writer, chain)
  const { base, table } = chain
  if (base === undefined) return
  const hook = writer.beginNested(c.NFTA_CHAIN_HOOK)
  writer.attrU32be(c.NFTA_HOOK_HOOKNUM, table.family === 'netdev' ? 0 : hooks.numbers[base.hook])
  writer.attrU32be(c.NFTA_HOOK_PRIORITY, base.priority >>> 0)
  if (base.device !== undefined) writer.attrString(c.NFTA_HOOK_DEV, base.device)
  writer.endNested(hook)
  writer.attrU32be(c.NFTA_CHAIN_POLICY, verdicts.numbers[base.policy ?? 'accept'])
  writer.attrString(c.NFTA_CHAIN_TYPE, base.type)
}

export function writeRuleHandle(
  writer: MessageWriter,
  rule: Pick<NftRule, 'table' | 'chain'>,
  handle?: bigint | undefined,
): void {
  writer.attrString(c.NFTA_RULE_TABLE, rule.table.name)
  writer.attrString(c.NFTA_RULE_CHAIN, rule.chain)
  if (handle !== undefined) writer.attrU64be(c.NFTA_RULE_HANDLE, handle)
}

export function writeRule(writer: MessageWriter, rule: NftRule, handle?: bigint, position?: bigint): void {
  writeRuleHandle(writer, rule, handle)
  refuseChainedLookups(rule.expressions)
  if (position !== undefined) writer.attrU64be(c.NFTA_RULE_POSITION, position)
  writeExpressions(writer, c.NFTA_RULE_EXPRESSIONS, rule.expressions)
  if (rule.comment !== undefined) writer.attrBytes(c.NFTA_RULE_USERDATA, commentData(rule.comment))
}

/** nft's own form: type, length, text with its zero. */
function commentData(comment: string): Uint8Array {
  const ascii = asciiData(comment)
  if (ascii !== undefined) return ascii
  const text = new TextEncoder().encode(`${comment}\0`)
  if (text.length > maxComment + 1) {
    throw new NetlinkError({ errno: 22, request: `comment of ${text.length - 1} bytes (at most ${maxComment})` })
  }
  const data = new Uint8Array(2 + text.length)
  data[0] = c.NFTNL_UDATA_RULE_COMMENT
  data[1] = text.length
  data.set(text, 2)
  return data
}

/** The same of nearly all comments, without the encoder; undefined for one that it does not fit. */
function asciiData(comment: string): Uint8Array | undefined {
  const { length } = comment
  if (length > maxComment) return undefined
  const data = new Uint8Array(length + 3)
  data[0] = c.NFTNL_UDATA_RULE_COMMENT
  data[1] = length + 1
  for (let i = 0; i < length; i++) {
    const code = comment.charCodeAt(i)
    if (code > 127) return undefined
    data[i + 2] = code
  }
  return data
}

export function writeSetName(writer: MessageWriter, set: Pick<NftSet, 'table' | 'name'>): void {
  writer.attrString(c.NFTA_SET_TABLE, set.table.name)
  writer.attrString(c.NFTA_SET_NAME, set.name)
}

/** `id` numbers the sets of one transaction. */
export function writeSet(writer: MessageWriter, set: NftSet, id: number): void {
  const shape = setShape(set)
  const concat = shape.key.length > 1
  let flags = 0
  if (set.constant === true) flags |= c.NFT_SET_CONSTANT
  if (set.interval === true) flags |= c.NFT_SET_INTERVAL
  if (set.data !== undefined) flags |= c.NFT_SET_MAP
  if (set.timeout !== undefined) flags |= c.NFT_SET_TIMEOUT
  if (set.dynamic === true) flags |= c.NFT_SET_EVAL
  if (concat) flags |= c.NFT_SET_CONCAT
  writeSetName(writer, set)
  writer.attrU32be(c.NFTA_SET_FLAGS, flags)
  writer.attrU32be(c.NFTA_SET_KEY_TYPE, typeNumber(shape.key))
  writer.attrU32be(c.NFTA_SET_KEY_LEN, keyLength(shape.key))
  if (shape.verdictMap) {
    writer.attrU32be(c.NFTA_SET_DATA_TYPE, c.NFT_DATA_VERDICT)
  } else if (shape.data !== undefined) {
    writer.attrU32be(c.NFTA_SET_DATA_TYPE, typeNumber(shape.data))
    writer.attrU32be(c.NFTA_SET_DATA_LEN, keyLength(shape.data))
  }
  writer.attrU32be(c.NFTA_SET_ID, id)
  if (set.timeout !== undefined) writer.attrU64be(c.NFTA_SET_TIMEOUT, BigInt(set.timeout))
  if (concat || set.size !== undefined) {
    const description = writer.beginNested(c.NFTA_SET_DESC)
    if (set.size !== undefined) writer.attrU32be(c.NFTA_SET_DESC_SIZE, set.size)
    if (concat) writeFields(writer, shape.key)
    writer.endNested(description)
  }
  writer.attrBytes(c.NFTA_SET_USERDATA, byteOrders(shape))
  if (set.counters === true) writeExpression(writer, c.NFTA_SET_EXPR, { type: 'counter' })
}

/**
 * Tells nft the byte order of key and data, without which it shows host-order values reversed and interface names empty.
 * Nothing else: nft 1.0.6 crashes on what newer ones write here (typeof).
 */
function byteOrders(shape: SetShape): Uint8Array {
  const orders = [byteOrder(shape.key)]
  if (shape.data !== undefined) orders.push(byteOrder(shape.data))
  else if (shape.verdictMap) orders.push(noByteOrder)
  const data = new Uint8Array(6 * orders.length)
  const view = new DataView(data.buffer)
  for (const [i, order] of orders.entries()) {
    // Type (key, then data), length, value.
    data.set([i, 4], 6 * i)
    view.setUint32(6 * i + 2, order, hostLittleEndian)
  }
  return data
}

/** Of concatenations and verdicts. */
const noByteOrder = 0

function byteOrder(types: readonly NftType[]): number {
  const [only] = types
  return only === undefined || types.length > 1 ? noByteOrder : typeByteOrder(only)
}

function writeFields(writer: MessageWriter, key: readonly NftType[]): void {
  const list = writer.beginNested(c.NFTA_SET_DESC_CONCAT)
  for (const type of key) {
    const element = writer.beginNested(c.NFTA_LIST_ELEM)
    writer.attrU32be(c.NFTA_SET_FIELD_LEN, typeLength(type))
    writer.endNested(element)
  }
  writer.endNested(list)
}

/** The family of the message's object; undefined for one that is not known here. */
export function messageFamily(message: MessageReader): NftFamily | undefined {
  return families.name(message.u8(0))
}

export function readTable(message: MessageReader): NftTableEntry | undefined {
  const family = messageFamily(message)
  if (family === undefined) return undefined
  let name = ''
  let handle = 0n
  let dormant = false
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    if (attributes.type === c.NFTA_TABLE_NAME) name = attributes.string()
    else if (attributes.type === c.NFTA_TABLE_HANDLE) handle = attributes.u64be()
    else if (attributes.type === c.NFTA_TABLE_FLAGS) dormant = (attributes.u32be() & c.NFT_TABLE_F_DORMANT) !== 0
  }
  return { family, name, handle, ...(dormant ? { dormant } : {}) }
}

/** Undefined for chains of other tables. */
export function readChain(
  message: MessageReader,
  table: NftTable,
): (NftChain & { readonly handle: bigint }) | undefined {
  let name = ''
  let handle = 0n
  let type: string | undefined
  let policy = 1
  let hook: Pick<NonNullable<NftChain['base']>, 'hook' | 'priority' | 'device'> | undefined
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.NFTA_CHAIN_TABLE:
        if (attributes.string() !== table.name) return undefined
        break
      case c.NFTA_CHAIN_NAME:
        name = attributes.string()
        break
      case c.NFTA_CHAIN_HANDLE:
        handle = attributes.u64be()
        break
      case c.NFTA_CHAIN_HOOK:
        hook = readHook(attributes.nested(), table.family)
        break
      case c.NFTA_CHAIN_POLICY:
        policy = attributes.u32be()
        break
      case c.NFTA_CHAIN_TYPE:
        type = attributes.string()
        break
      default:
    }
  }
  if (hook === undefined || (type !== 'filter' && type !== 'nat' && type !== 'route')) return { table, name, handle }
  return { table, name, handle, base: { type, ...hook, policy: policy === 0 ? 'drop' : 'accept' } }
}

function readHook(
  attributes: Attributes,
  family: NftFamily,
): Pick<NonNullable<NftChain['base']>, 'hook' | 'priority' | 'device'> {
  let number = 0
  let priority = 0
  let device: string | undefined
  while (attributes.next()) {
    if (attributes.type === c.NFTA_HOOK_HOOKNUM) number = attributes.u32be()
    else if (attributes.type === c.NFTA_HOOK_PRIORITY) priority = attributes.i32be()
    else if (attributes.type === c.NFTA_HOOK_DEV) device = attributes.string()
  }
  const hook = family === 'netdev' ? 'ingress' : (hooks.name(number) ?? 'prerouting')
  return { hook, priority, ...(device === undefined ? {} : { device }) }
}

export function readRule(message: MessageReader, table: NftTable, withExpressions: boolean): NftRuleEntry {
  let chain = ''
  let handle = 0n
  let content: ReturnType<typeof readExpressions> = { expressions: [], unknown: [] }
  let comment: string | undefined
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    if (attributes.type === c.NFTA_RULE_CHAIN) chain = attributes.string()
    else if (attributes.type === c.NFTA_RULE_HANDLE) handle = attributes.u64be()
    else if (attributes.type === c.NFTA_RULE_EXPRESSIONS) {
      if (withExpressions) content = readExpressions(attributes.nested())
    } else if (attributes.type === c.NFTA_RULE_USERDATA) comment = readComment(attributes.bytes())
  }
  return { table, chain, handle, ...content, ...(comment === undefined ? {} : { comment }) }
}

function readComment(data: Uint8Array): string | undefined {
  for (let i = 0; i + 2 <= data.length; ) {
    const length = data[i + 1] ?? 0
    if (data[i] === c.NFTNL_UDATA_RULE_COMMENT) {
      return new TextDecoder().decode(data.subarray(i + 2, i + 1 + length))
    }
    i += 2 + length
  }
  return undefined
}

/** Undefined for sets with types that are not known here. */
export function readSet(message: MessageReader, table: NftTable): (NftSet & { readonly handle: bigint }) | undefined {
  let name = ''
  let handle = 0n
  let flags = 0
  let keyType = 0
  let dataType: number | undefined
  let size: number | undefined
  let timeout: number | undefined
  let counters = false
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.NFTA_SET_NAME:
        name = attributes.string()
        break
      case c.NFTA_SET_HANDLE:
        handle = attributes.u64be()
        break
      case c.NFTA_SET_FLAGS:
        flags = attributes.u32be()
        break
      case c.NFTA_SET_KEY_TYPE:
        keyType = attributes.u32be()
        break
      case c.NFTA_SET_DATA_TYPE:
        dataType = attributes.u32be()
        break
      case c.NFTA_SET_TIMEOUT:
        timeout = Number(attributes.u64be())
        break
      case c.NFTA_SET_EXPR:
        counters = true
        break
      case c.NFTA_SET_DESC: {
        const description = attributes.nested()
        while (description.next()) if (description.type === c.NFTA_SET_DESC_SIZE) size = description.u32be()
        break
      }
      default:
    }
  }
  const key = typesOfNumber(keyType)
  const verdict = dataType === c.NFT_DATA_VERDICT
  const data = dataType === undefined || verdict ? undefined : typesOfNumber(dataType)
  if (key === undefined || (dataType !== undefined && !verdict && data === undefined)) return undefined
  return {
    table,
    name,
    handle,
    key: single(key),
    ...(verdict ? { data: 'verdict' as const } : data === undefined ? {} : { data: single(data) }),
    ...((flags & c.NFT_SET_INTERVAL) === 0 ? {} : { interval: true }),
    ...((flags & c.NFT_SET_EVAL) === 0 ? {} : { dynamic: true }),
    ...((flags & c.NFT_SET_CONSTANT) === 0 ? {} : { constant: true }),
    ...(size === undefined ? {} : { size }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(counters ? { counters } : {}),
  }
}

function single<T>(list: readonly T[]): T | readonly T[] {
  const [only] = list
  return only !== undefined && list.length === 1 ? only : list
}
