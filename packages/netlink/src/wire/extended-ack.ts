import type { MessageReader } from './message-reader.ts'

const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200
const NLMSGERR_ATTR_MSG = 1
const NLMSGERR_ATTR_MISS_TYPE = 5

/** The kernel's words behind an NLMSG_ERROR or NLMSG_DONE, when there are any. */
export function extendedAck(message: MessageReader, isDone: boolean): string | undefined {
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return undefined
  let skip = 4
  if (!isDone) {
    // The header of the request follows the error; its payload too when it was not capped.
    const echoed = message.u32(4)
    skip = 4 + ((message.flags & NLM_F_CAPPED) === 0 ? (echoed + 3) & ~3 : 16)
  }
  let text: string | undefined
  const attributes = message.attributes(skip)
  while (attributes.next()) {
    if (attributes.type === NLMSGERR_ATTR_MSG) text = attributes.string()
    else if (attributes.type === NLMSGERR_ATTR_MISS_TYPE) text ??= `attribute ${attributes.u32()} is missing`
  }
  return text
}
